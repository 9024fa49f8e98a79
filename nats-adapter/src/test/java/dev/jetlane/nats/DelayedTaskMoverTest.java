// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.Puller;
import dev.jetlane.Removal;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A process ends at each step of a delayed task. A client without the permission moves no task. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(180)
class DelayedTaskMoverTest {

  private static final String USERS =
      """
      authorization {
        users = [
          { user: admin, password: s3cr3t }
          { user: producer, password: s3cr3t, permissions: {
              publish: ["t.p", "t.p.@later.>"], subscribe: ["_IN_producer.>"] } }
          { user: worker, password: s3cr3t, permissions: {
              publish: ["$JS.API.CONSUMER.MSG.NEXT.S.p", "$JS.ACK.S.p.>"], subscribe: ["_IN_worker.>"] } }
        ]
      }
      """;

  private static final Duration DELAY = Duration.ofSeconds(2);
  private static final Duration LONG = Duration.ofSeconds(60);

  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  @Test
  void aMoverThatEndsBeforeItsRemovalDuplicatesNothing() throws Exception {
    NatsOptions options = TestQueues.options(server);
    try (TaskQueue queue = NatsQueues.connect(options);
        Connection nc = Jnats.connect(server.url())) {
      Partition partition = queue.partition("p");
      partition.push(Task.of("t", "payload").withDelay(DELAY));
      PartitionAddress address = options.layout().address("p");
      // As a mover that ended after its first step: the first message is stored again, and not
      // removed.
      Headers headers =
          new Headers().put(WireHeaders.MESSAGE_ID, PartitionAddress.dueMessageId("p", 1));
      headers.put(WireHeaders.TASK_ID, "t");
      nc.jetStream().publish(address.subject, headers, new byte[0]);
      try (Puller puller = partition.puller()) {
        List<Delivery> got = puller.pull(5, LONG);
        assertThat(TestQueues.ids(got)).containsExactly("t");
        TestQueues.await("removed", () -> partition.stats().delayed() == 0);
        assertThat(puller.pull(5, Duration.ZERO)).isEmpty();
        got.get(0).ack();
      }
      TestQueues.await("empty", () -> partition.stats().equals(new Stats(0, 0, 0)));
    }
  }

  @Test
  void anotherMoverTakesTheTasksOfOneThatEnded() throws Exception {
    NatsOptions options = TestQueues.options(server);
    try (TaskQueue queue = NatsQueues.connect(options)) {
      queue.partition("p").push(Task.of("t", "").withDelay(DELAY));
    }
    try (Connection nc = Jnats.connect(server.url())) {
      JetStreamSubscription dying =
          nc.jetStream()
              .subscribe(
                  null,
                  PullSubscribeOptions.bind(options.stream(), PartitionAddress.DELAYED_CONSUMER));
      List<Message> taken = dying.fetch(1, LONG);
      assertThat(taken).hasSize(1);
    }
    try (TaskQueue queue = NatsQueues.connect(options);
        Puller puller = queue.partition("p").puller()) {
      assertThat(TestQueues.ids(puller.pull(1, LONG))).containsExactly("t");
    }
  }

  @Test
  void aHalfDoneCancellationCancelsOrDoesNot() throws Exception {
    NatsOptions options = TestQueues.options(server);
    try (TaskQueue queue = NatsQueues.connect(options);
        Connection nc = Jnats.connect(server.url())) {
      Partition partition = queue.partition("p");
      partition.push(Task.of("t", "").withDelay(DELAY));
      PartitionAddress address = options.layout().address("p");
      Headers note =
          new Headers().put(WireHeaders.MESSAGE_ID, PartitionAddress.dueMessageId("p", 1));
      note.put(WireHeaders.CANCELLED, "now");
      boolean late =
          nc.jetStream().publish(address.cancelledSubject("t"), note, new byte[0]).isDuplicate();
      TestQueues.await("removed", () -> partition.stats().delayed() == 0);
      TestQueues.await("decided", () -> partition.stats().ready() == (late ? 1 : 0));
      assertThat(partition.cancel("t")).isFalse();
    }
  }

  @Test
  void aClientWithoutThePermissionMovesNothing() throws Exception {
    try (NatsServer guarded = NatsServer.start(NatsConfig.defaults().withText(USERS))) {
      try (TaskQueue admin = as(guarded, "admin")) {
        admin.partition("p");
      }
      try (TaskQueue producer = as(guarded, "producer");
          TaskQueue worker = as(guarded, "worker");
          Puller puller = worker.partition("p").puller()) {
        producer.partition("p").push(Task.of("t", "").withDelay(Duration.ofMillis(500)));
        assertThat(puller.pull(1, DELAY)).isEmpty();
        try (TaskQueue admin = as(guarded, "admin")) {
          admin.partition("p");
          List<Delivery> got = puller.pull(1, LONG);
          assertThat(TestQueues.ids(got)).containsExactly("t");
          got.get(0).ack();
        }
      }
    }
  }

  /** Each task exceeds the byte limit of a request, so the mover requests them one by one. */
  @Test
  void largeTasksAreMovedOneByOne() throws Exception {
    byte[] large = new byte[Limits.MAX_PAYLOAD_BYTES];
    NatsConfig generous = NatsConfig.defaults().withText("max_payload: 16777216");
    try (NatsServer roomy = NatsServer.start(generous);
        TaskQueue queue =
            NatsQueues.connect(
                TestQueues.options(roomy)
                    .withQueue(TestQueues.config().withMaxPayloadBytes(large.length)))) {
      Partition partition = queue.partition("p");
      for (int i = 0; i < 3; i++) {
        partition.push(Task.of("task-" + i, large).withDelay(Duration.ofSeconds(1)));
      }
      long began = System.nanoTime();
      TestQueues.await("moved", () -> partition.stats().ready() == 3);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(25));
    }
  }

  /**
   * A purge with a pause between its steps. In the other order a task would move from the place
   * that is purged last to the place that was purged first.
   */
  @Test
  void aTaskThatMovesDuringAPurgeIsPurged() throws Exception {
    long removed = whileATaskMoves("STREAM.PURGE", PartitionAdmin::purge);
    assertThat(removed).isPositive();
  }

  /** The answer that the task is delayed arrives after its move. */
  @Test
  void aTaskThatMovesDuringItsRemovalIsRemoved() throws Exception {
    Removal removal = whileATaskMoves("STREAM.MSG.GET", admin -> admin.remove("t"));
    assertThat(removal).isEqualTo(Removal.REMOVED);
  }

  /**
   * Makes a call that removes the only task, which becomes due after the first request of the call
   * and before its answer.
   */
  private static <T> T whileATaskMoves(String request, Function<PartitionAdmin, T> call)
      throws Exception {
    NatsOptions options = TestQueues.options(server).withRequestTimeout(TestQueues.SOON);
    try (FaultProxy proxy = FaultProxy.to(server.url(), 1);
        TaskQueue queue = NatsQueues.connect(options);
        TaskQueue operator = NatsQueues.connect(options.withUrl(proxy.url()));
        WireTap tap = WireTap.on(server.url(), "$JS.API." + request + "." + options.stream())) {
      Partition partition = queue.partition("p");
      PartitionAdmin admin = operator.admin().partition("p");
      partition.push(Task.of("t", "").withDelay(DELAY));
      proxy.stall(FaultProxy.Way.TO_CLIENT, true);
      CompletableFuture<T> result = CompletableFuture.supplyAsync(() -> call.apply(admin));
      TestQueues.await("the first request", () -> !tap.heard(one -> true).isEmpty());
      TestQueues.await("moved or removed", () -> partition.stats().delayed() == 0);
      proxy.heal();
      T done = result.get(1, TimeUnit.MINUTES);
      TestQueues.awaitStats(partition, new Stats(0, 0, 0));
      return done;
    }
  }

  /**
   * A mover stores a task before it removes the delayed one. A count in this order may count it
   * twice, but never misses it.
   */
  @Test
  void delayedTasksAreCountedBeforeReadyTasks() throws Exception {
    NatsOptions options = TestQueues.options(server);
    String counts = "$JS.API.STREAM.INFO." + options.stream();
    try (TaskQueue queue = NatsQueues.connect(options);
        WireTap tap = WireTap.on(server.url(), counts)) {
      queue.partition("p").stats();
      String later = options.layout().address("p").delayedSubjects();
      List<Boolean> delayed = new ArrayList<>();
      TestQueues.await(
          "both counts",
          () -> tap.heard(one -> one.body().contains("subjects_filter")).size() >= 2);
      for (WireTap.Heard count : tap.heard(one -> one.body().contains("subjects_filter"))) {
        delayed.add(count.body().contains(later));
      }
      assertThat(delayed).startsWith(true, false);
    }
  }

  private static TaskQueue as(NatsServer guarded, String user) {
    NatsOptions.Provisioning provisioning =
        user.equals("admin") ? NatsOptions.Provisioning.CREATE : NatsOptions.Provisioning.NONE;
    return NatsQueues.connect(
        NatsOptions.defaults()
            .withUrl(guarded.url())
            .withRequestTimeout(TestQueues.REQUEST_TIMEOUT)
            .withStream("S")
            .withSubjectPrefix("t")
            .withStorage(NatsOptions.Storage.MEMORY)
            .withUser(user, "s3cr3t".toCharArray())
            .withInboxPrefix("_IN_" + user)
            .withProvisioning(provisioning));
  }

  /** More than twice the tasks of one request; all are removed from their old place. */
  @Test
  void manyBatchesAreMoved() throws Exception {
    int tasks = 700;
    try (TaskQueue queue = NatsQueues.connect(TestQueues.options(server))) {
      Partition partition = queue.partition("p");
      List<Task> later = new ArrayList<>();
      for (int i = 0; i < tasks; i++) {
        later.add(Task.of("task-" + i, "").withDelay(Duration.ofSeconds(1)));
      }
      long began = System.nanoTime();
      partition.pushAll(later).requireAllStored();
      TestQueues.await("moved", () -> partition.stats().equals(new Stats(tasks, 0, 0)));
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(25));
    }
  }

  /** More tasks than one mover moves at the same time. */
  @Test
  void manyDueTasksOfAFullPartitionWaitForRoom() throws Exception {
    int tasks = 200;
    NatsOptions options =
        TestQueues.options(server).withQueue(TestQueues.config().withMaxTasks(tasks));
    try (TaskQueue queue = NatsQueues.connect(options);
        WireTap tap = WireTap.on(server.url(), "$JS.ACK." + options.stream() + ".@later.>")) {
      Partition partition = queue.partition("p");
      Duration delay = Duration.ofSeconds(4);
      List<Task> later = new ArrayList<>();
      for (int i = 0; i < tasks; i++) {
        later.add(Task.of("later-" + i, "").withDelay(delay));
      }
      partition.pushAll(later).requireAllStored();
      TestQueues.push(partition, tasks);
      // Each is given back until it is due, and then because there is no room.
      TestQueues.await(
          "refused", () -> tap.settlements("-NAK {\"delay\":1000000000}").size() >= tasks);
      try (Puller puller = partition.puller()) {
        TestQueues.pull(puller, tasks).forEach(Delivery::ack);
      }
      TestQueues.awaitStats(partition, new Stats(tasks, 0, 0));
    }
  }
}
