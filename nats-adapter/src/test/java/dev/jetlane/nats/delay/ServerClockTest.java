// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.delay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.ErrorListener;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StreamInfo;
import io.nats.client.api.StreamInfoOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Movers whose clocks are wrong: a delayed task is due by the clock of the server. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class ServerClockTest {

  private static final int TASKS = 40;
  private static final Duration DELAY = Duration.ofSeconds(3);

  /** Much less than an hour, and more than a busy machine needs. */
  private static final Duration LATE = Duration.ofSeconds(20);

  private static final String MAY_NOT_ASK =
      """
      authorization {
        users = [
          { user: admin, password: s3cr3t }
          { user: bystander, password: s3cr3t, permissions: {
              publish: { deny: ["$JS.API.CONSUMER.INFO.>"] } } }
        ]
      }
      """;

  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  @ParameterizedTest
  @ValueSource(longs = {60, -60})
  void aWrongClockMakesNoTaskEarlyOrLate(long minutesOff) throws Exception {
    long millisOff = Duration.ofMinutes(minutesOff).toMillis();
    movesInTime(() -> System.currentTimeMillis() + millisOff);
  }

  /** As on a machine that is suspended repeatedly, or whose clock is set. */
  @Test
  void aClockThatJumpsMakesNoTaskEarlyOrLate() throws Exception {
    AtomicLong calls = new AtomicLong();
    movesInTime(() -> System.currentTimeMillis() + calls.incrementAndGet() / 20 * 60_000);
  }

  /** All tasks become ready, none before it is due by the server's timestamps. */
  private static void movesInTime(LongSupplier wallMillis) throws Exception {
    NatsOptions options = TestQueues.options(server);
    PartitionAddress address = TestQueues.settings(options).layout().address("p");
    try (Connection nc = Jnats.connect(server.url())) {
      JetStreamManagement management = nc.jetStreamManagement();
      pushDelayed(options);
      List<Instant> due = new ArrayList<>();
      for (MessageInfo stored : messages(management, address.stream)) {
        due.add(stored.getTime().toInstant().plus(DELAY));
      }
      assertThat(due).hasSize(TASKS);
      try (Connection own = Nats.connect(options(server.url()))) {
        Mover mover = new Mover(options, own, address, wallMillis);
        TestQueues.await("moved", () -> ready(management, address) == TASKS);
        mover.close();
      }
      List<MessageInfo> moved = messages(management, address.stream);
      assertThat(moved).hasSize(TASKS);
      Instant firstDue = due.stream().min(Instant::compareTo).orElseThrow();
      Instant lastDue = due.stream().max(Instant::compareTo).orElseThrow();
      for (MessageInfo task : moved) {
        assertThat(task.getTime().toInstant()).isBetween(firstDue, lastDue.plus(LATE));
      }
    }
  }

  /** The next server may have another time. */
  @Test
  void aReconnectForgetsTheTime() throws Exception {
    NatsOptions options = TestQueues.options(server);
    pushDelayed(options);
    try (Connection nc = Nats.connect(options(server.url()))) {
      Wire wire = new Wire();
      wire.bind(nc);
      Session session = new Session(TestQueues.settings(options), wire, DriverEvents.none());
      ServerClock clock =
          new ServerClock(
              session,
              TestQueues.settings(options).layout().streamName(0),
              System::nanoTime,
              System::currentTimeMillis,
              () -> {});
      TestQueues.await("the time", () -> clock.nowNanos().isPresent());
      wire.monitor().connectionEvent(nc, ConnectionListener.Events.RESUBSCRIBED);
      assertThat(clock.nowNanos()).isEmpty();
      TestQueues.await("the time", () -> clock.nowNanos().isPresent());
      session.close();
    }
  }

  /**
   * A client without the permission to read the time moves nothing and reports that; another client
   * moves the tasks.
   */
  @Test
  void aClientThatCannotReadTheTimeMovesNothing() throws Exception {
    try (NatsServer guarded = NatsServer.start(NatsConfig.defaults().withText(MAY_NOT_ASK))) {
      NatsOptions options = TestQueues.options(guarded).withUser("admin", "s3cr3t".toCharArray());
      PartitionAddress address = TestQueues.settings(options).layout().address("p");
      pushDelayed(options);
      String url = guarded.url().replace("nats://", "nats://bystander:s3cr3t@");
      try (Connection nc = Nats.connect(options(url))) {
        Mover mover = new Mover(options, nc, address, () -> System.currentTimeMillis() + 3_600_000);
        TestQueues.await("said", () -> !mover.warnings.isEmpty());
        assertThat(mover.warnings.get(0))
            .contains(
                "does not make delayed tasks ready", "$JS.API.CONSUMER.INFO." + address.stream);
        try (TaskQueue queue = NatsQueues.connect(options)) {
          Partition partition = queue.partition("p");
          TestQueues.await("moved", () -> partition.stats().equals(new Stats(TASKS, 0, 0)));
        }
        assertThat(mover.warnings).hasSize(1);
        mover.close();
      }
    }
  }

  private static Options options(String url) {
    return Jnats.options(url).errorListener(new ErrorListener() {}).build();
  }

  private static void pushDelayed(NatsOptions options) {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      tasks.add(Task.of("task-" + i, "").withDelay(DELAY));
    }
    try (TaskQueue queue = NatsQueues.connect(options)) {
      queue.partition("p").pushAll(tasks).requireAllStored();
    }
  }

  private static long ready(JetStreamManagement management, PartitionAddress address) {
    try {
      StreamInfoOptions all = StreamInfoOptions.filterSubjects(address.stream + ".>");
      StreamInfo info = management.getStreamInfo(address.stream, all);
      boolean movedAll = info.getStreamState().getMsgCount() == TASKS;
      Long ready = info.getStreamState().getSubjectMap().get(address.subject);
      return ready == null || !movedAll ? 0 : ready;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static List<MessageInfo> messages(JetStreamManagement management, String stream)
      throws Exception {
    List<MessageInfo> all = new ArrayList<>();
    StreamInfo info = management.getStreamInfo(stream);
    long last = info.getStreamState().getLastSequence();
    for (long sequence = info.getStreamState().getFirstSequence(); sequence <= last; sequence++) {
      all.add(management.getMessage(stream, sequence));
    }
    return all;
  }

  /** The only mover of a stream, with a wall clock of its own. */
  private static final class Mover implements DriverEvents {

    final List<String> warnings = new CopyOnWriteArrayList<>();
    private final Session session;
    private final DelayedTaskMover mover;

    Mover(NatsOptions options, Connection nc, PartitionAddress address, LongSupplier wallMillis) {
      Wire wire = new Wire();
      wire.bind(nc);
      session = new Session(TestQueues.settings(options), wire, this);
      mover = new DelayedTaskMover(session, address, System::nanoTime, wallMillis);
    }

    @Override
    public void warned(String text) {
      warnings.add(text);
    }

    @Override
    public void exhausted(String partition, String taskId) {}

    @Override
    public void connectionLost() {}

    @Override
    public void connectionRestored() {}

    void close() {
      assertThat(mover.close()).isFalse();
      session.close();
    }
  }
}
