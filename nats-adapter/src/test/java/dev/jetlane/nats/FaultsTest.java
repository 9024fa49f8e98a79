// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.testing.ConsumerFile;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that ends, restarts, or stands still. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class FaultsTest {

  private static final Duration WAIT = Duration.ofSeconds(30);

  private NatsServer server;
  private NatsOptions options;
  private TaskQueue queue;
  private Partition partition;

  @BeforeEach
  void start() {
    server = NatsServer.start();
    assumeTrue(server.managed(), "a server that cannot be killed");
    options =
        TestQueues.options(server)
            .withStorage(NatsOptions.Storage.FILE)
            .withQueue(TestQueues.config())
            .withRequestTimeout(Duration.ofSeconds(3));
    queue = NatsQueues.connect(options);
    partition = TestQueues.opened(queue, "p");
  }

  @AfterEach
  void stop() {
    queue.close();
    server.close();
  }

  @Test
  void aRestartedServerKeepsDeliveriesAndAcceptsTheAck() throws Exception {
    TestQueues.push(partition, 3);
    try (Puller puller = partition.puller()) {
      List<Delivery> two = TestQueues.pull(puller, 2);
      server.stop();
      assertThatThrownBy(() -> partition.push(Task.of("x", "")))
          .isInstanceOf(TaskQueueException.class);
      comeBack();
      acksAndNaks(puller, two);
    }
  }

  /**
   * The storage has the time of the message instead of that of its delivery (consumer.go,
   * deliverMsg, 2.9 to 2.15), but the time of an extension.
   */
  @Test
  void aRestartCountsALeaseFromThePushUnlessItWasExtended() throws Exception {
    Duration lease = Duration.ofSeconds(10);
    NatsOptions shorter = options.withQueue(TestQueues.config().withLease(lease));
    try (TaskQueue other = NatsQueues.connect(shorter)) {
      Partition old = TestQueues.opened(other, "old");
      TestQueues.push(old, 2);
      TestQueues.await("older than a lease", () -> isOlder(old, lease));
      try (Puller puller = old.puller()) {
        List<Delivery> two = TestQueues.pull(puller, 2);
        assertThat(two.get(0).extend()).isTrue();
        server.stop();
        server.restart();
        TestQueues.await("health", () -> other.health().ready());

        Delivery again = TestQueues.pull(puller, 1).get(0);

        assertThat(again.taskId()).isEqualTo("task-1");
        assertThat(again.attempt()).isEqualTo(2);
        assertThat(two.get(1).leaseExpired()).isFalse();
        assertThat(puller.pull(1, Duration.ZERO)).isEmpty();
      }
    }
  }

  private static boolean isOlder(Partition partition, Duration age) {
    return partition.oldestAge().orElseThrow().compareTo(age) > 0;
  }

  /** The queue of redeliveries is not stored (consumer.go, processNak, 2.9 to 2.15). */
  @Test
  void aTaskThatWasGivenBackWaitsForItsLeaseAfterARestart() throws Exception {
    TestQueues.push(partition, 1);
    try (Puller puller = partition.puller()) {
      assertThat(TestQueues.pull(puller, 1).get(0).nak()).isEqualTo(Settlement.SETTLED);
      server.stop();
      comeBack();
      assertThat(puller.pull(1, Duration.ofSeconds(3))).isEmpty();
    }
  }

  @Test
  void aKilledServerKeepsStoredDeliveries() throws Exception {
    assumeTrue(server.local(), "a store that cannot be read");
    TestQueues.push(partition, 3);
    try (Puller puller = partition.puller()) {
      List<Delivery> two = TestQueues.pull(puller, 2);
      // Without this wait the server may forget them; the next test covers that case.
      TestQueues.await("written down", () -> consumerFile().deliveredSequence() >= 2);
      server.kill();
      comeBack();
      acksAndNaks(puller, two);
    }
  }

  /**
   * A server stores its deliveries a little later. If it is killed earlier, it does not answer an
   * ack of a delivery that it does not know (consumer.go, processAckMsgLocked, nats-server 2.10.26
   * to 2.15) until it delivers the task again. Older ones accept the ack immediately.
   */
  @Test
  void aServerThatForgotItsDeliveriesAcceptsTheAckAfterTheRedelivery() throws Exception {
    assumeTrue(server.local(), "a store that cannot be spoiled");
    TestQueues.push(partition, 3);
    try (Puller puller = partition.puller()) {
      Delivery forgotten = TestQueues.pull(puller, 1).get(0);
      server.kill();
      consumerFile().delete();
      comeBack();
      if (server.confirmsUnknownDeliveries()) {
        assertThat(forgotten.ack()).isEqualTo(Settlement.SETTLED);
        TestQueues.awaitStats(partition, new Stats(2, 0, 0));
        List<Delivery> others = TestQueues.pull(puller, 2);
        assertThat(TestQueues.ids(others)).containsExactly("task-1", "task-2");
        others.forEach(TestQueues::ack);
        TestQueues.awaitStats(partition, new Stats(0, 0, 0));
        return;
      }
      assertThatThrownBy(forgotten::ack).isInstanceOf(OutcomeUnknownException.class);
      TestQueues.awaitStats(partition, new Stats(3, 0, 0));

      List<Delivery> all = TestQueues.pull(puller, 3);
      assertThat(TestQueues.ids(all)).containsExactly("task-0", "task-1", "task-2");
      assertThat(all).extracting(Delivery::attempt).containsOnly(1);
      assertThat(TestQueues.ack(forgotten)).isEqualTo(Settlement.SETTLED);
      TestQueues.awaitStats(partition, new Stats(0, 2, 0));
      // The second holder cannot know of the first one.
      all.forEach(TestQueues::ack);
      TestQueues.awaitStats(partition, new Stats(0, 0, 0));
    }
  }

  /** As in memory: {@code consumer.go}, processNak and progressUpdate, 2.9 to 2.15. */
  @Test
  void anExtensionAndANakOfAForgottenDeliveryAreConfirmedWithoutEffect() throws Exception {
    assumeTrue(server.local(), "a store that cannot be spoiled");
    TestQueues.push(partition, 1);
    try (Puller puller = partition.puller()) {
      Delivery forgotten = TestQueues.pull(puller, 1).get(0);
      server.kill();
      consumerFile().delete();
      comeBack();
      assertThat(forgotten.extend()).isTrue();
      assertThat(forgotten.nak(Duration.ofMinutes(1))).isEqualTo(Settlement.SETTLED);
      Delivery again = TestQueues.pull(puller, 1).get(0);
      assertThat(again.attempt()).isEqualTo(1);
      assertThat(TestQueues.ack(again)).isEqualTo(Settlement.SETTLED);
    }
  }

  /** Some servers skip them until the consumer is created again; the doctor reports these. */
  @Test
  void anAckOfAForgottenDeliverySkipsNoOlderTask() throws Exception {
    assumeTrue(server.local(), "a store that cannot be spoiled");
    TestQueues.push(partition, 3);
    boolean gone;
    try (Puller puller = partition.puller()) {
      Delivery second = TestQueues.pull(puller, 2).get(1);
      server.kill();
      consumerFile().delete();
      comeBack();
      gone = isSettled(second);
      assertThat(gone).isEqualTo(server.confirmsUnknownDeliveries());
      if (server.skipsOlderTasks()) {
        assertThat(TestQueues.ids(TestQueues.pull(puller, 1))).containsExactly("task-2");
        assertThat(puller.pull(1, Duration.ZERO)).isEmpty();
        deleteConsumer();
      }
    }
    try (TaskQueue other = NatsQueues.connect(options);
        Puller puller = other.partition("p").puller()) {
      List<Delivery> rest = TestQueues.pull(puller, gone ? 2 : 3);
      assertThat(TestQueues.ids(rest)).contains("task-0", "task-2");
    }
  }

  private static boolean isSettled(Delivery delivery) {
    try {
      return delivery.ack() == Settlement.SETTLED;
    } catch (OutcomeUnknownException e) {
      return false;
    }
  }

  /** The next client that opens the partition creates it again. */
  private void deleteConsumer() throws Exception {
    try (Connection nc = Jnats.connect(server.url())) {
      nc.jetStreamManagement().deleteConsumer(options.stream(), "p");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 50})
  void aWaitingPullSurvivesARestart(int prefetch) throws Exception {
    try (Puller puller = partition.puller(PullOptions.defaults().withPrefetch(prefetch))) {
      TestQueues.pushed(partition, Task.of("first", ""));
      puller.pull(1, WAIT).get(0).ack();
      CompletableFuture<List<Delivery>> pull = TestQueues.pullInBackground(puller, WAIT);
      server.kill();
      comeBack();
      TestQueues.pushed(partition, Task.of("second", ""));
      List<Delivery> got = pull.get(WAIT.toSeconds(), TimeUnit.SECONDS);
      if (TestQueues.ids(got).equals(List.of("first"))) {
        // Its ack was confirmed less than a second before the kill, so the server may forget it.
        got = TestQueues.pull(puller, 1);
      }
      assertThat(TestQueues.ids(got)).containsExactly("second");
    }
  }

  @Test
  void aStoppedServerIsAnErrorAndNotAnEmptyQueue() throws Exception {
    try (Puller puller = partition.puller()) {
      server.kill();
      TestQueues.await("cut", () -> !queue.health().live());
      assertThatThrownBy(() -> puller.pull(1, Duration.ZERO))
          .isInstanceOf(QueueUnavailableException.class);
      long start = System.nanoTime();
      assertThatThrownBy(() -> puller.pull(1, Duration.ofMillis(500)))
          .isInstanceOf(QueueUnavailableException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(Duration.ofMillis(450), WAIT);
      assertThatThrownBy(() -> partition.push(Task.of("x", "")))
          .isInstanceOf(QueueUnavailableException.class);
      assertThatThrownBy(partition::stats).isInstanceOf(QueueUnavailableException.class);
    }
  }

  @Test
  void aPushOverARestartIsStoredOnce() throws Exception {
    // On a busy machine the start of a server takes longer than the request timeout of the other
    // tests.
    try (TaskQueue patient = NatsQueues.connect(options.withRequestTimeout(WAIT))) {
      Partition same = patient.partition("p");
      server.kill();
      TestQueues.await("cut", () -> !queue.health().live());
      CompletableFuture<PushReceipt> push = same.pushAsync(Task.of("late", ""));
      server.restart();
      // A busy server may answer after the second try, which is then a duplicate.
      assertThat(push.get(2 * WAIT.toSeconds(), TimeUnit.SECONDS).taskId()).isEqualTo("late");
      assertThat(same.push(Task.of("late", "")).duplicate()).isTrue();
      TestQueues.awaitStats(same, new Stats(1, 0, 0));
    }
  }

  @Test
  void theOutcomeOfAPushToAPausedServerIsUnknownUntilItsRetry() throws Exception {
    TestQueues.push(partition, 1);
    try (Puller puller = partition.puller()) {
      Delivery delivery = TestQueues.pull(puller, 1).get(0);
      server.pause();
      CompletableFuture<Settlement> ack = delivery.ackAsync();
      assertThatThrownBy(() -> partition.push(Task.of("x", "")))
          .isInstanceOf(OutcomeUnknownException.class);
      assertThatThrownBy(() -> ack.get(WAIT.toSeconds(), TimeUnit.SECONDS))
          .hasCauseInstanceOf(OutcomeUnknownException.class);
      server.resume();
      assertThat(TestQueues.ack(delivery)).isNotEqualTo(Settlement.ALREADY_SETTLED);
      TestQueues.pushed(partition, Task.of("x", ""));
      TestQueues.awaitStats(partition, new Stats(1, 0, 0));
    }
  }

  @Test
  void aCloseEndsWithoutAServer() {
    Puller puller = partition.puller(PullOptions.defaults().withPrefetch(10));
    server.kill();
    long start = System.nanoTime();
    puller.close();
    queue.close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(WAIT);
  }

  private void comeBack() {
    server.restart();
    TestQueues.await("health", () -> queue.health().ready());
  }

  private ConsumerFile consumerFile() {
    return ConsumerFile.of(server, options.stream(), "p");
  }

  private void acksAndNaks(Puller puller, List<Delivery> two) throws InterruptedException {
    assertThat(TestQueues.ack(two.get(0))).isEqualTo(Settlement.SETTLED);
    assertThat(two.get(1).nak()).isEqualTo(Settlement.SETTLED);
    List<Delivery> rest = TestQueues.pull(puller, 2);
    assertThat(TestQueues.ids(rest)).containsExactlyInAnyOrder("task-1", "task-2");
    rest.forEach(TestQueues::ack);
    TestQueues.awaitStats(partition, new Stats(0, 0, 0));
  }
}
