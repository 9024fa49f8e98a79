// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.RetryPolicy;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The workers of a process whose handlers are plain, asynchronous, or receive batches. The library
 * pulls, keeps the leases, acks and gives back; the handlers record what they receive, and this
 * listener records the confirmed acks.
 */
final class HandlerWorkers implements QueueListener, AutoCloseable {

  private static final int KINDS = 3;
  private static final int HANDLERS = 8;
  private static final int MAX_BATCH = 10;
  private static final Duration BATCH_WAIT = Duration.ofMillis(100);

  /** Longer than two leases, which the worker keeps. */
  private static final Duration SLOW_TIME = ChaosQueues.LEASE.multipliedBy(2).plusSeconds(1);

  /** Does not grow: a task that fails again at each repair must end within the drain of the run. */
  private static final Duration RETRY_DELAY = Duration.ofMillis(200);

  /** Longer than a handler runs. */
  private static final Duration DRAIN = Duration.ofSeconds(25);

  /**
   * The longest time from the send of a delivery to the call of its handler: a process stands still
   * for up to 9 s, and a task that waits for its handler keeps its lease for one lease at most.
   */
  private static final long OLDEST_MICROS =
      TimeUnit.NANOSECONDS.toMicros(ChaosQueues.LEASE.multipliedBy(6).toNanos());

  /** Rates per thousand deliveries. */
  private static final int SLOW = 2;

  private static final int FAILED = 25;

  private final History history;
  private final ScheduledExecutorService slowTasks;
  private final List<dev.jetlane.Worker> workers = new ArrayList<>();

  private final TaskQueue queue;

  /** Connects, and retries until the server allows it. */
  HandlerWorkers(String urls, int replicas, History history, ScheduledExecutorService slowTasks)
      throws InterruptedException {
    this.history = history;
    this.slowTasks = slowTasks;
    queue = ChaosQueues.connect(urls, replicas, this);
  }

  /** Starts a worker, and retries until the server allows it. */
  void start(String name, int number) throws InterruptedException {
    Partition partition = ChaosQueues.open(queue, name);
    while (true) {
      try {
        workers.add(startOnce(partition, number));
        return;
      } catch (TaskQueueException e) {
        Pause.millis(100);
      }
    }
  }

  private dev.jetlane.Worker startOnce(Partition partition, int number) {
    WorkerOptions options =
        WorkerOptions.concurrency(HANDLERS)
            .withRetryPolicy(RetryPolicy.fixed(RETRY_DELAY))
            .withFailureListener(failure -> System.out.println(History.now() + " " + failure));
    return switch (number % KINDS) {
      case 0 -> partition.work(delivery -> handle(delivery, partition), options);
      case 1 -> partition.workAsync(delivery -> handleLater(delivery, partition), options);
      default ->
          partition.workBatches(
              batch -> handleAll(batch, partition),
              MAX_BATCH,
              BATCH_WAIT,
              options.withConcurrency(2));
    };
  }

  private void handle(Delivery delivery, Partition partition) throws InterruptedException {
    Duration time = received(delivery, partition);
    if (!time.isZero()) {
      Pause.millis(time.toMillis());
    }
    finish(delivery);
  }

  private CompletionStage<?> handleLater(Delivery delivery, Partition partition) {
    Duration time = received(delivery, partition);
    CompletableFuture<Void> end = new CompletableFuture<>();
    Runnable work =
        () -> {
          try {
            finish(delivery);
            end.complete(null);
          } catch (IllegalStateException e) {
            end.completeExceptionally(e);
          }
        };
    var unused = slowTasks.schedule(work, time.toMillis(), TimeUnit.MILLISECONDS);
    return end;
  }

  private Map<Delivery, Exception> handleAll(List<Delivery> batch, Partition partition)
      throws InterruptedException {
    Duration time = Duration.ZERO;
    for (Delivery delivery : batch) {
      Duration own = received(delivery, partition);
      time = own.compareTo(time) > 0 ? own : time;
    }
    if (!time.isZero()) {
      Pause.millis(time.toMillis());
    }
    Map<Delivery, Exception> failures = new HashMap<>();
    for (Delivery delivery : batch) {
      try {
        finish(delivery);
      } catch (IllegalStateException e) {
        failures.put(delivery, e);
      }
    }
    return failures;
  }

  /** Records a delivery; returns how long its work takes. */
  private Duration received(Delivery delivery, Partition partition) {
    String id = delivery.taskId();
    history.write(
        Event.Kind.GOT,
        id,
        delivery.attempt(),
        History.now() - OLDEST_MICROS,
        ChaosQueues.judge(delivery, partition));
    if (TaskKind.of(id) == TaskKind.HELD) {
      return TaskKind.HOLD;
    }
    return ThreadLocalRandom.current().nextInt(1_000) < SLOW ? SLOW_TIME : Duration.ZERO;
  }

  /** Records the end of the work, and fails sometimes. */
  private void finish(Delivery delivery) {
    boolean held = TaskKind.of(delivery.taskId()) == TaskKind.HELD;
    boolean fails =
        held ? delivery.attempt() % 2 == 1 : ThreadLocalRandom.current().nextInt(1_000) < FAILED;
    history.write(Event.Kind.KEPT, delivery.taskId(), delivery.attempt());
    history.write(fails ? Event.Kind.NAK : Event.Kind.ACK, delivery.taskId(), delivery.attempt());
    if (fails) {
      throw new IllegalStateException("as planned");
    }
  }

  @Override
  public void acked(QueueEvent.Acked event) {
    Delivery delivery = event.delivery();
    history.write(
        Event.Kind.ACKED,
        delivery.taskId(),
        delivery.attempt(),
        History.now() - TimeUnit.NANOSECONDS.toMicros(event.took().toNanos()),
        event.late() ? Event.Outcome.LATE : Event.Outcome.OK);
  }

  /**
   * Ends the workers, all within the time of one drain; returns whether all their work is done and
   * confirmed.
   */
  boolean drain() throws InterruptedException {
    long untilNanos = System.nanoTime() + DRAIN.toNanos();
    boolean done = true;
    for (dev.jetlane.Worker worker : workers) {
      long leftNanos = Math.max(0, untilNanos - System.nanoTime());
      done &= worker.drain(Duration.ofNanos(leftNanos));
    }
    return done;
  }

  @Override
  public void close() {
    queue.close();
  }
}
