// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The prefetched tasks of an idle puller: their remaining lease, and their return to the queue. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(180)
class IdlePrefetchTest {

  private static final int AHEAD = 4;
  private static final Duration LEASE = Duration.ofSeconds(8);

  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  /** By a nak well before the end of the lease, in the first idle period and in each later one. */
  @Test
  void unusedPrefetchedTasksAreGivenBackEachTime() throws Exception {
    NatsOptions options =
        TestQueues.options(server).withQueue(TestQueues.config().withLease(LEASE));
    try (TaskQueue queue = NatsQueues.connect(options);
        WireTap tap = WireTap.on(server.url(), "$JS.ACK." + options.stream() + ".>");
        Puller puller =
            queue.partition("p").puller(PullOptions.defaults().withPrefetch(AHEAD + 1))) {
      for (int spell = 1; spell <= 3; spell++) {
        for (int i = 0; i <= AHEAD; i++) {
          queue.partition("p").push(Task.of("task-" + spell + "-" + i, ""));
        }
        long began = System.nanoTime();
        TestQueues.pull(puller, 1).get(0).ack();
        tap.awaitSettlements("-NAK", spell * AHEAD);
        assertThat(Duration.ofNanos(System.nanoTime() - began))
            .as("idle period %s", spell)
            .isGreaterThan(LEASE.dividedBy(4));
        List<Delivery> again = TestQueues.pull(puller, AHEAD);
        assertThat(again).extracting(Delivery::attempt).containsOnly(2);
        again.forEach(TestQueues::ack);
        assertThat(tap.settlements("-NAK")).hasSize(spell * AHEAD);
      }
    }
  }

  /** Otherwise they would become dead letters that no worker has received. */
  @Test
  void theCloseOfAQueuePutsBackPrefetchedTasksAtTheirLastAttempt() throws Exception {
    NatsOptions options =
        TestQueues.options(server)
            .withQueue(TestQueues.config().withLease(LEASE).withMaxDeliveries(1));
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = queue.partition("p");
      TestQueues.push(partition, AHEAD + 1);
      Puller puller = partition.puller(PullOptions.defaults().withPrefetch(AHEAD));
      TestQueues.pull(puller, 1).get(0).ack();
      TestQueues.await("tasks ahead", () -> partition.stats().outstanding() == AHEAD);
    }
    try (TaskQueue other = NatsQueues.connect(options)) {
      Partition partition = other.partition("p");
      assertThat(partition.stats().outstanding()).isZero();
      assertThat(partition.stats().ready()).isEqualTo(AHEAD);
      assertThat(partition.stats().dead()).isZero();
    }
  }

  /** A pull that waits for longer than half a lease delays a check. */
  @Test
  void unusedPrefetchedTasksAreGivenBackAfterALongPull() throws Exception {
    NatsOptions options =
        TestQueues.options(server).withQueue(TestQueues.config().withLease(LEASE));
    try (TaskQueue queue = NatsQueues.connect(options);
        WireTap tap = WireTap.on(server.url(), "$JS.ACK." + options.stream() + ".>");
        Puller puller =
            queue.partition("p").puller(PullOptions.defaults().withPrefetch(AHEAD + 1))) {
      queue.partition("p").push(Task.of("first", ""));
      TestQueues.pull(puller, 1).get(0).ack();
      assertThat(puller.pull(1, LEASE)).isEmpty();
      TestQueues.push(queue.partition("p"), AHEAD + 1);
      TestQueues.pull(puller, 1).get(0).ack();
      tap.awaitSettlements("-NAK", AHEAD);
    }
  }

  /** A lease begins when the server sends the task, not at the pull that returns it. */
  @Test
  void theLeaseOfAPrefetchedTaskIsRunning() throws Exception {
    NatsOptions options =
        TestQueues.options(server).withQueue(TestQueues.config().withLease(Duration.ofMinutes(10)));
    try (TaskQueue queue = NatsQueues.connect(options)) {
      for (PullOptions how :
          List.of(
              PullOptions.defaults().withPrefetch(10),
              PullOptions.defaults().withPrefetch(11).withKeepFor(Duration.ofHours(1)))) {
        Partition partition = queue.partition(how.prefetch() == 10 ? "p" : "kept");
        TestQueues.push(partition, 2);
        try (Puller puller = partition.puller(how)) {
          TestQueues.pull(puller, 1).get(0).ack();
          TestQueues.await("leased ahead", () -> partition.stats().outstanding() == 1);
          long leasedNanos = System.nanoTime();
          TestQueues.await(
              "a second", () -> System.nanoTime() - leasedNanos > Duration.ofSeconds(1).toNanos());
          Delivery waited = TestQueues.pull(puller, 1).get(0);
          long agoNanos = System.nanoTime() - leasedNanos;
          assertThat(waited.leaseRemaining())
              .isBetween(
                  Duration.ofMinutes(10).minusNanos(agoNanos).minusSeconds(60),
                  Duration.ofMinutes(10).minusNanos(agoNanos).plusMillis(100));
          waited.ack();
        }
      }
    }
  }

  /**
   * A slow worker takes one task after the other. The leases of the buffered tasks expire, and the
   * tasks are redelivered.
   */
  @Test
  void aBufferedTaskWithAnExpiredLeaseIsNotHandedOut() throws Exception {
    NatsOptions options =
        TestQueues.options(server).withQueue(TestQueues.config().withLease(Duration.ofSeconds(1)));
    try (TaskQueue queue = NatsQueues.connect(options);
        Puller puller = queue.partition("p").puller(PullOptions.defaults().withPrefetch(100))) {
      TestQueues.push(queue.partition("p"), 100);
      int expired = 0;
      long began = System.nanoTime();
      for (int took = 0; took < 30; took++) {
        long until = began + Duration.ofMillis(50).toNanos() * took;
        TestQueues.await("the next one", () -> System.nanoTime() - until >= 0);
        for (Delivery delivery : puller.pull(1, Duration.ZERO)) {
          expired += delivery.leaseExpired() ? 1 : 0;
        }
      }
      // A lease may end at the moment of the hand-out.
      assertThat(expired).isLessThan(4);
    }
  }

  /** Its lease was kept for a while, and another puller has the task now. */
  @Test
  void aKeptTaskWhoseLeaseHasExpiredIsNotHandedOut() throws Exception {
    Duration lease = Duration.ofSeconds(2);
    NatsOptions options =
        TestQueues.options(server).withQueue(TestQueues.config().withLease(lease));
    PullOptions kept = PullOptions.defaults().withPrefetch(AHEAD + 1).withKeepFor(lease);
    try (TaskQueue queue = NatsQueues.connect(options);
        Puller puller = queue.partition("p").puller(kept);
        Puller other = queue.partition("p").puller()) {
      TestQueues.push(queue.partition("p"), 2);
      TestQueues.pull(puller, 1).get(0).ack();
      Delivery again = TestQueues.pull(other, 1).get(0);
      assertThat(again.attempt()).isEqualTo(2);
      assertThat(puller.pull(1, Duration.ZERO)).isEmpty();
      again.ack();
    }
  }
}
