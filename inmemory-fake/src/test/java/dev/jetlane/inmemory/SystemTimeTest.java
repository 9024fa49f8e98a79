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
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Runs in real time, so it only asserts that some events never happen and others happen eventually.
 */
class SystemTimeTest {

  private static final Duration LEASE = Duration.ofMillis(100);

  @Test
  void aLeaseEndsWhileAPullWaits() throws InterruptedException {
    try (TaskQueue queue =
        InMemoryServer.create().connect(QueueConfig.defaults().withLease(LEASE))) {
      Partition partition = queue.partition("p");
      Puller puller = partition.puller();
      partition.push(Task.of("a", "x"));
      long before = System.nanoTime();
      assertThat(puller.pull(1, Duration.ZERO)).hasSize(1);

      List<Delivery> again = puller.pull(1, Duration.ofSeconds(30));

      assertThat(again).singleElement().extracting(Delivery::attempt).isEqualTo(2);
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(LEASE);
      assertThat(again.get(0).leaseRemaining()).isLessThanOrEqualTo(LEASE);
    }
  }

  /** No pull waits while a worker pauses after a failed one. */
  @Test
  void aWorkerPullsAgainAfterAFailure() throws InterruptedException {
    InMemoryServer server = InMemoryServer.create();
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

  @Test
  void aTimeLimitEndsAHandler() throws InterruptedException {
    BlockingQueue<Integer> handled = new LinkedBlockingQueue<>();
    WorkerOptions options = WorkerOptions.concurrency(1).withTimeLimit(Duration.ofMillis(50));
    try (TaskQueue queue = InMemoryServer.create().connect(QueueConfig.defaults())) {
      Partition partition = queue.partition("p");
      try (Worker unused =
          partition.work(
              task -> {
                if (task.attempt() == 1) {
                  new CountDownLatch(1).await();
                }
                handled.add(task.attempt());
              },
              options)) {
        partition.push(Task.of("a", "x"));

        assertThat(handled.poll(10, TimeUnit.SECONDS)).isEqualTo(2);
      }
    }
  }

  @Test
  void aWaitEndsWithoutACall() throws InterruptedException {
    try (TaskQueue queue = InMemoryServer.create().connect(QueueConfig.defaults())) {
      Duration wait = Duration.ofMillis(50);
      long before = System.nanoTime();

      assertThat(queue.partition("p").puller().pull(1, wait)).isEmpty();

      assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(wait);
    }
  }

  @Test
  void aLeaseThatEndedBetweenTwoCallsHasEnded() throws InterruptedException {
    try (TaskQueue queue =
        InMemoryServer.create().connect(QueueConfig.defaults().withLease(LEASE))) {
      Partition partition = queue.partition("p");
      partition.push(Task.of("a", "x"));
      Delivery first = partition.puller().pull(1, Duration.ZERO).get(0);
      while (!first.leaseExpired()) {
        Thread.onSpinWait();
      }

      assertThat(partition.puller().pull(1, Duration.ZERO).get(0).attempt()).isEqualTo(2);
    }
  }
}
