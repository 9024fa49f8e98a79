// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;

/** A queue with a lease of 10 s and a dedup window of 60 s, and helper methods with short names. */
abstract class QueueTest {

  static final Duration LEASE = Duration.ofSeconds(10);
  static final Duration WINDOW = Duration.ofSeconds(60);
  static final Duration TICK = Duration.ofNanos(1);
  static final QueueConfig CONFIG = QueueConfig.defaults().withLease(LEASE).withDedupWindow(WINDOW);

  final ManualClock clock = new ManualClock();
  InMemoryServer server = InMemoryServer.create(clock);
  TaskQueue queue = server.connect(CONFIG);
  Partition partition = queue.partition("p");
  Puller puller = partition.puller();

  @AfterEach
  void closeQueue() {
    queue.close();
  }

  /** Starts again with other settings. */
  void configure(QueueConfig config) {
    queue.close();
    server = InMemoryServer.create(clock);
    queue = server.connect(config);
    partition = queue.partition("p");
    puller = partition.puller();
  }

  void push(String... ids) {
    for (String id : ids) {
      assertThat(partition.push(Task.of(id, "payload of " + id)).duplicate()).as(id).isFalse();
    }
  }

  List<Delivery> pull(int max) throws InterruptedException {
    return puller.pull(max, Duration.ZERO);
  }

  Delivery pullOne() throws InterruptedException {
    List<Delivery> deliveries = pull(1);
    assertThat(deliveries).hasSize(1);
    return deliveries.get(0);
  }

  List<String> pullIds(int max) throws InterruptedException {
    return ids(pull(max));
  }

  static List<String> ids(List<Delivery> deliveries) {
    return deliveries.stream().map(Delivery::taskId).toList();
  }

  void advance(Duration step) {
    clock.advance(step);
  }

  void advanceSeconds(double seconds) {
    clock.advance(Duration.ofNanos(Math.round(seconds * 1e9)));
  }

  /** A call that is running on a thread of its own. */
  static final class Running<T> {

    final Thread thread;
    private final FutureTask<T> result;

    Running(Callable<T> call) {
      result = new FutureTask<>(call);
      thread = new Thread(result, "running call");
      thread.start();
    }

    T get() throws InterruptedException, ExecutionException, TimeoutException {
      return result.get(60, TimeUnit.SECONDS);
    }

    boolean isDone() {
      return result.isDone();
    }
  }

  /** Pulls on another thread; returns once that pull is blocked. */
  Running<List<Delivery>> blockedPull(Puller by, int max, Duration wait) {
    long before = server.blockedPulls();
    Running<List<Delivery>> pull = new Running<>(() -> by.pull(max, wait));
    awaitBlockedPulls(server, before + 1);
    return pull;
  }

  static void awaitBlockedPulls(InMemoryServer where, long count) {
    long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (where.blockedPulls() != count) {
      assertThat(System.nanoTime()).as("pulls blocked in time").isLessThan(giveUp);
      Thread.onSpinWait();
    }
  }
}
