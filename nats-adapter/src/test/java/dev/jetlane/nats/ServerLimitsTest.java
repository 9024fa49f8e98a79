// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.PushOutcome;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueListener;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.api.PublishAck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The limits of a server: more subjects than one answer holds, a size, a full storage. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class ServerLimitsTest {

  private static final Duration HOUR = Duration.ofHours(1);

  /** The maximum of subjects in one answer of a server. */
  private static final int MANY = 100_050;

  private static final int CHUNK = 5_000;
  private static final int FEW = 15;

  /** The slack of a push: 20 ms. */
  private static final long SLACK_NANOS = 20_000_000;

  /**
   * The time of an old server for each delayed task of the stream, for a push that counts them.
   * Measured: 0.2 to 0.4 microseconds on 2.10.7.
   */
  private static final long SCAN_NANOS = 1_000;

  @Test
  void deadLettersAreCountedBeyondOneAnswer() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      NatsOptions options = TestQueues.options(server).withRequestTimeout(TestQueues.SOON);
      PartitionAddress address = options.layout().address("p");
      try (TaskQueue queue = NatsQueues.connect(options);
          Connection nc = Jnats.connect(server.url())) {
        Partition partition = queue.partition("p");
        JetStream jetStream = nc.jetStream();
        for (int from = 0; from < MANY; from += CHUNK) {
          List<CompletableFuture<PublishAck>> stored = new ArrayList<>();
          for (int i = from; i < Math.min(MANY, from + CHUNK); i++) {
            stored.add(jetStream.publishAsync(address.deadSubject(i + "-1"), new byte[0]));
          }
          for (CompletableFuture<PublishAck> each : stored) {
            assertThat(each.get().getError()).isNull();
          }
        }
        assertThat(partition.stats().dead()).isEqualTo(MANY);
        assertThat(partition.deadLetters().purge()).isEqualTo(MANY);
        assertThat(partition.stats().dead()).isZero();
      }
    }
  }

  /**
   * All are counted, the limit holds, and a push is as fast as with few delayed tasks. On a server
   * that looks at every subject to count some, each delayed task adds a little.
   */
  @Test
  void delayedTasksAreCountedBeyondOneAnswerAndPushedAsQuickly() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      NatsOptions options =
          TestQueues.options(server)
              .withRequestTimeout(TestQueues.SOON)
              .withQueue(TestQueues.config().withMaxTasks(10 * MANY));
      AtomicInteger rounds = new AtomicInteger();
      try (TaskQueue queue = NatsQueues.connect(options)) {
        Partition partition = queue.partition("p");
        long quickNanos = delayedPushNanos(partition, "few");
        for (int from = FEW; from < MANY; from += CHUNK) {
          partition
              .pushAll(delayed("task-" + from, Math.min(CHUNK, MANY - from)))
              .requireAllStored();
        }
        assertThat(partition.stats().delayed()).isEqualTo(MANY);
        long slackNanos = SLACK_NANOS + (server.scansSubjectsToCount() ? MANY * SCAN_NANOS : 0);
        // A server that still sends all of them to the mover is slow with every request.
        TestQueues.await(
            "a push as fast as with few delayed tasks",
            () ->
                delayedPushNanos(partition, "many-" + rounds.incrementAndGet() + "-")
                    < 5 * quickNanos + slackNanos);
      }
      int stored = MANY + rounds.get() * FEW;
      NatsOptions tight =
          options
              .withQueue(TestQueues.config().withMaxTasks(stored + FEW))
              .withDriftPolicy(NatsOptions.DriftPolicy.ACCEPT);
      try (TaskQueue queue = NatsQueues.connect(tight)) {
        Partition partition = queue.partition("p");
        assertThat(partition.stats().delayed()).isEqualTo(stored);
        assertThat(partition.pushAll(delayed("last", FEW + 2)).outcomes())
            .extracting(outcome -> outcome instanceof PushOutcome.Stored)
            .containsExactlyElementsOf(storedThenRefused(FEW, 2));
        assertThatThrownBy(() -> partition.push(Task.of("more", "").withDelay(HOUR)))
            .isInstanceOf(QueueFullException.class);
      }
    }
  }

  private static List<Boolean> storedThenRefused(int stored, int refused) {
    List<Boolean> all = new ArrayList<>();
    for (int i = 0; i < stored + refused; i++) {
      all.add(i < stored);
    }
    return all;
  }

  private static List<Task> delayed(String prefix, int count) {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tasks.add(Task.of(prefix + "-" + i, "").withDelay(HOUR));
    }
    return tasks;
  }

  /** Returns the time of the fastest push, which hardly depends on the load of the machine. */
  private static long delayedPushNanos(Partition partition, String prefix) {
    long[] nanos = new long[FEW];
    for (int i = 0; i < FEW; i++) {
      long began = System.nanoTime();
      partition.push(Task.of(prefix + i, "").withDelay(HOUR));
      nanos[i] = System.nanoTime() - began;
    }
    return Arrays.stream(nanos).min().orElseThrow();
  }

  /** Other pushes succeed, and this one fails before its timeout. */
  @Test
  void aTaskThatIsTooLargeForTheServerIsRefusedImmediately() throws Exception {
    NatsConfig large = NatsConfig.defaults().withText("max_payload: 1048576");
    try (NatsServer server = NatsServer.start(large)) {
      NatsOptions options =
          TestQueues.options(server)
              .withRequestTimeout(TestQueues.SOON)
              .withStorage(NatsOptions.Storage.FILE)
              .withQueue(TestQueues.config().withMaxPayloadBytes(500_000));
      List<String> warnings = new CopyOnWriteArrayList<>();
      QueueListener listener =
          new QueueListener() {
            @Override
            public void warned(QueueEvent.Warned event) {
              warnings.add(event.text());
            }
          };
      try (TaskQueue queue = NatsQueues.connect(options.withListener(listener))) {
        Partition partition = queue.partition("p");
        assertThat(queue.health()).isEqualTo(Health.up());
        server.reload("max_payload: 65536");
        server.restart(); // Clients that connected before a reload may keep the old size.
        TestQueues.pushed(partition, Task.of("small", ""));
        assertThat(queue.health().ready()).isFalse();
        assertThat(queue.health().problems()).anyMatch(text -> text.contains("up to 65536 bytes"));
        // Listeners receive the reconnect on another thread than the one that continues first.
        TestQueues.await(
            "said", () -> warnings.stream().anyMatch(text -> text.contains("max_payload")));
        assertThat(warnings).filteredOn(text -> text.contains("max_payload")).hasSize(1);
        Task big = Task.of("big", new byte[400_000]);
        long began = System.nanoTime();
        assertThatThrownBy(() -> partition.push(big))
            .isInstanceOf(QueueUnavailableException.class)
            .hasMessageContaining("max_payload, 65536");
        assertThat(partition.pushAll(List.of(Task.of("next", ""), big)).outcomes())
            .extracting(outcome -> outcome instanceof PushOutcome.Stored)
            .containsExactly(true, false);
        assertThat(Duration.ofNanos(System.nanoTime() - began))
            .isLessThan(TestQueues.SOON.dividedBy(3));
      }
    }
  }

  /** The consumer of the delayed tasks gets this limit; a second client accepts it. */
  @Test
  void anAccountWithFewUnsettledMessagesHasDelayedTasks() throws Exception {
    String account =
        "jetstream {}\n"
            + "accounts { A { users: [{user: a, password: a}], jetstream { max_ack_pending: 50 } } }";
    QueueConfig config = TestQueues.config().withMaxOutstanding(50);
    try (NatsServer server = NatsServer.start(NatsConfig.defaults().withText(account))) {
      NatsOptions options =
          TestQueues.options(server).withUser("a", "a".toCharArray()).withQueue(config);
      for (String client : List.of("first", "second")) {
        try (TaskQueue queue = NatsQueues.connect(options)) {
          Partition partition = queue.partition("p");
          partition.push(Task.of(client, "").withDelay(Duration.ofMillis(100)));
          try (Puller puller = partition.puller()) {
            List<Delivery> got = TestQueues.pull(puller, 1);
            assertThat(TestQueues.ids(got)).containsExactly(client);
            got.get(0).ack();
          }
        }
      }
    }
  }

  @Test
  void aServerWithoutStorageIsAFullQueue() {
    NatsConfig small = NatsConfig.defaults().withText("jetstream { max_mem: 1MB }");
    try (NatsServer server = NatsServer.start(small)) {
      isFull(TestQueues.options(server));
    }
  }

  @Test
  void anAccountWithoutStorageIsAFullQueue() {
    String account =
        "jetstream {}\n"
            + "accounts { A { users: [{user: a, password: a}], jetstream { max_mem: 1MB } } }";
    try (NatsServer server = NatsServer.start(NatsConfig.defaults().withText(account))) {
      isFull(TestQueues.options(server).withUser("a", "a".toCharArray()));
    }
  }

  private static void isFull(NatsOptions options) {
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = queue.partition("p");
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        tasks.add(Task.of("task-" + i, new byte[100_000]));
      }
      assertThat(partition.pushAll(tasks).failures())
          .isNotEmpty()
          .allSatisfy(
              failure ->
                  assertThat(((PushOutcome.Refused) failure).error())
                      .isInstanceOf(QueueFullException.class));
      assertThatThrownBy(() -> partition.push(Task.of("one-more", new byte[100_000])))
          .isInstanceOf(QueueFullException.class);
    }
  }

  /** The server sends them on a line of their own, and no answer to the request. */
  @Test
  void anErrorSaysTheWordsOfTheServer() {
    NatsConfig few = NatsConfig.defaults().withText("max_subscriptions: 8");
    try (NatsServer server = NatsServer.start(few);
        TaskQueue queue =
            NatsQueues.connect(
                TestQueues.options(server).withRequestTimeout(Duration.ofSeconds(2)))) {
      assertThatThrownBy(() -> openPullers(queue))
          .isInstanceOf(QueueUnavailableException.class)
          .hasMessageContaining("the server says: maximum subscriptions exceeded");
    }
  }

  private static void openPullers(TaskQueue queue) {
    for (int i = 0; i < 10; i++) {
      var unused = queue.partition("p" + i).puller();
    }
  }
}
