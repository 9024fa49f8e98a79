// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class NextEventTest extends QueueTest {

  private Duration elapsed() {
    return Duration.between(ManualClock.DEFAULT_START, clock.now());
  }

  @Test
  void isTheEndOfALeaseADelayAWaitOrTheDedupWindow() throws Exception {
    assertThat(clock.advanceToNext()).isFalse();
    assertThat(elapsed()).isZero();
    push("a", "b");
    pullOne();
    pullOne().nak(Duration.ofSeconds(3));
    Running<List<Delivery>> wait =
        blockedPull(queue.partition("q").puller(), 1, LEASE.dividedBy(2));

    assertThat(clock.advanceToNext()).isTrue();
    assertThat(elapsed()).isEqualTo(Duration.ofSeconds(3));
    assertThat(clock.advanceToNext()).isTrue();
    assertThat(elapsed()).isEqualTo(LEASE.dividedBy(2));
    assertThat(wait.get()).isEmpty();
    assertThat(clock.advanceToNext()).isTrue();
    assertThat(elapsed()).isEqualTo(LEASE);
    assertThat(clock.advanceToNext()).isTrue();
    assertThat(elapsed()).isEqualTo(WINDOW);
    assertThat(clock.advanceToNext()).isFalse();
    assertThat(pullIds(10)).containsExactly("b", "a");
  }

  @Test
  void isTheSoonestOfAllServersOfTheClock() throws InterruptedException {
    TaskQueue other = InMemoryServer.create(clock).connect(CONFIG.withLease(Duration.ofSeconds(1)));
    push("a");
    pullOne();
    other.partition("p").push(Task.of("a", "x"));
    other.partition("p").puller().pull(1, Duration.ZERO);

    clock.advanceToNext();

    assertThat(elapsed()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void isWhereAutomaticTimeMoves() throws InterruptedException {
    ManualClock automatic = ManualClock.automatic();
    try (TaskQueue queue = InMemoryServer.create(automatic).connect(QueueConfig.defaults())) {
      Partition partition = queue.partition("p");
      Puller mine = partition.puller();
      partition.push(Task.of("a", "x"));
      Instant start = automatic.now();
      mine.pull(1, Duration.ZERO).get(0).nak(Duration.ofHours(1));
      assertThat(automatic.now()).isEqualTo(start);

      Delivery again = mine.pull(1, Duration.ofHours(2)).get(0);

      assertThat(again.attempt()).isEqualTo(2);
      assertThat(automatic.now()).isEqualTo(start.plus(Duration.ofHours(1)));
      assertThat(mine.pull(1, Duration.ofSeconds(30))).isEmpty();
      assertThat(automatic.now()).isEqualTo(start.plus(Duration.ofHours(1)).plusSeconds(30));
    }
  }

  /** No pull waits while a worker pauses after a failed one. */
  @Test
  void automaticTimeMovesForATimerAlone() throws InterruptedException {
    assertThatAWorkerPullsAgainAfterAFailure(InMemoryServer.create(ManualClock.automatic()));
  }

  static void assertThatAWorkerPullsAgainAfterAFailure(InMemoryServer server)
      throws InterruptedException {
    BlockingQueue<String> handled = new LinkedBlockingQueue<>();
    CountDownLatch failed = new CountDownLatch(1);
    try (TaskQueue queue = server.connect(QueueConfig.defaults())) {
      Partition partition = queue.partition("p");
      WorkerOptions options =
          WorkerOptions.concurrency(1).withFailureListener(failure -> failed.countDown());
      try (Worker worker = partition.work(task -> handled.add(task.taskId()), options)) {
        worker.pause();
        server.faults().disconnect();
        worker.resume();
        failed.await();
        server.faults().reconnect();
        partition.push(Task.of("a", "x"));

        assertThat(handled.poll(10, TimeUnit.SECONDS)).isEqualTo("a");
      }
    }
  }

  /** Also after the end of the server for which it moved before. */
  @Test
  void automaticTimeMovesForEveryServer() throws InterruptedException {
    ManualClock automatic = ManualClock.automatic();
    BlockingQueue<String> handled = new LinkedBlockingQueue<>();
    TaskQueue first = InMemoryServer.create(automatic).connect(QueueConfig.defaults());
    Worker idle = first.partition("p").work(task -> {}, WorkerOptions.concurrency(1));
    try (TaskQueue second = InMemoryServer.create(automatic).connect(QueueConfig.defaults())) {
      Partition partition = second.partition("p");
      partition.push(Task.of("a", "x").withDelay(Duration.ofHours(1)));
      try (Worker unused =
          partition.work(task -> handled.add(task.taskId()), WorkerOptions.concurrency(1))) {
        first.close();
        assertThat(idle.state()).isEqualTo(Worker.State.CLOSED);

        assertThat(handled.poll(10, TimeUnit.SECONDS)).isEqualTo("a");
      }
    }
  }

  @Test
  void automaticTimeWaitsForWorkingThreads() throws Exception {
    ManualClock automatic = ManualClock.automatic();
    Duration lease = Duration.ofSeconds(1);
    try (TaskQueue queue =
        InMemoryServer.create(automatic).connect(QueueConfig.defaults().withLease(lease))) {
      Partition partition = queue.partition("p");
      Set<String> done = ConcurrentHashMap.newKeySet();
      for (int i = 0; i < 3; i++) {
        Puller mine = partition.puller();
        new Running<>(
            () -> {
              while (true) {
                for (Delivery delivery : mine.pull(1, Duration.ofMinutes(1))) {
                  if (delivery.attempt() < 3) {
                    delivery.nak(Duration.ofMinutes(10));
                  } else {
                    delivery.ack();
                    done.add(delivery.taskId());
                  }
                }
              }
            });
      }
      for (int i = 0; i < 20; i++) {
        partition.push(Task.of("t" + i, "x"));
      }
      long giveUp = System.nanoTime() + Duration.ofSeconds(10).toNanos();
      while (done.size() < 20) {
        assertThat(System.nanoTime()).isLessThan(giveUp);
        Thread.onSpinWait();
      }
      assertThat(Duration.between(ManualClock.DEFAULT_START, automatic.now()))
          .isGreaterThanOrEqualTo(Duration.ofMinutes(20));
    }
  }

  /** The clock gives the holder time to work. */
  @Test
  void automaticTimeWaitsLongerWhileADeliveryIsUnsettled() throws InterruptedException {
    ManualClock automatic = ManualClock.automatic();
    try (TaskQueue queue = InMemoryServer.create(automatic).connect(CONFIG)) {
      Puller mine = queue.partition("p").puller();
      queue.partition("p").push(Task.of("a", "x"));
      assertThat(mine.pull(1, Duration.ZERO)).hasSize(1);
      long before = System.nanoTime();

      assertThat(mine.pull(1, Duration.ofHours(1))).hasSize(1);

      assertThat(Duration.ofNanos(System.nanoTime() - before))
          .isGreaterThanOrEqualTo(Duration.ofMillis(200));
      assertThat(automatic.now()).isEqualTo(ManualClock.DEFAULT_START.plus(LEASE));
    }
  }

  /** 300 waits of 5 ms, and not of 200 ms. */
  @Test
  @Timeout(30)
  void automaticTimeMovesSoonWhileNothingIsUnsettled() throws InterruptedException {
    ManualClock automatic = ManualClock.automatic();
    try (TaskQueue queue = InMemoryServer.create(automatic).connect(CONFIG)) {
      Puller mine = queue.partition("p").puller();
      for (int i = 0; i < 300; i++) {
        assertThat(mine.pull(1, Duration.ofHours(1))).isEmpty();
      }
      assertThat(automatic.now()).isEqualTo(ManualClock.DEFAULT_START.plus(Duration.ofHours(300)));
    }
  }

  /** The first event, in another partition, serves no pull. */
  @Test
  void automaticTimeMovesOnForAPullWithoutAThread() throws Exception {
    ManualClock automatic = ManualClock.automatic();
    try (TaskQueue queue = InMemoryServer.create(automatic).connect(CONFIG)) {
      queue.partition("other").push(Task.of("a", "x").withDelay(Duration.ofHours(1)));

      var pull = queue.partition("p").puller().pullAsync(1, Duration.ofHours(2));

      assertThat(pull.get(20, TimeUnit.SECONDS)).isEmpty();
      assertThat(automatic.now()).isEqualTo(ManualClock.DEFAULT_START.plus(Duration.ofHours(2)));
    }
  }
}
