// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.DriverClock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The common state of all calls of one client: whether it is open, the deadline of each call, and
 * the wait of a blocking call for its future.
 *
 * <p>This class is thread-safe.
 */
final class Session {

  /** A driver ends every exchange by its deadline; this bounds the wait on a suspended machine. */
  private static final long MARGIN_NANOS = TimeUnit.SECONDS.toNanos(10);

  final DriverClock clock;
  final Listeners listeners;
  private final long timeoutNanos;
  private volatile boolean closed;

  Session(DriverClock clock, Duration requestTimeout, Listeners listeners) {
    this.clock = clock;
    this.listeners = listeners;
    timeoutNanos = requestTimeout.toNanos();
  }

  void requireOpen() {
    requireOpen(null, null);
  }

  /** Like {@link #requireOpen()}; the error names the partition and the task. */
  void requireOpen(@Nullable String partition, @Nullable String taskId) {
    if (closed) {
      throw new QueueClosedException("the queue is closed", null).seenBy(partition, taskId);
    }
  }

  boolean isClosed() {
    return closed;
  }

  void close() {
    closed = true;
  }

  long timeoutNanos() {
    return timeoutNanos;
  }

  /** The deadline of a call that begins now. */
  long deadlineNanos() {
    return clock.nanoTime() + timeoutNanos;
  }

  /** The deadline of a call for several items: one request timeout for each, and one more. */
  long deadlineNanos(int things) {
    return clock.nanoTime() + Math.multiplyExact(timeoutNanos, (long) things + 1);
  }

  /**
   * Calls a driver that blocks.
   *
   * @param partition the partition, which errors name; null if the call is for none
   * @param taskId the task, which errors name; null if the call is for none
   */
  <T> T call(@Nullable String partition, @Nullable String taskId, LongFunction<T> call) {
    return call(partition, taskId, deadlineNanos(), call);
  }

  /** Calls a driver that blocks and returns nothing. */
  void run(String partition, LongConsumer call) {
    requireOpen(partition, null);
    try {
      call.accept(deadlineNanos());
    } catch (TaskQueueException e) {
      throw e.seenBy(partition, null);
    }
  }

  /** Waits for a time, on the clock of the driver. */
  void pause(Duration time) throws InterruptedException {
    if (!time.isZero()) {
      clock.await(() -> false, clock.nanoTime() + time.toNanos());
    }
  }

  /** Like {@link #call(String, String, LongFunction)}, with a given deadline. */
  <T> T call(
      @Nullable String partition,
      @Nullable String taskId,
      long deadlineNanos,
      LongFunction<T> call) {
    requireOpen(partition, taskId);
    try {
      return call.apply(deadlineNanos);
    } catch (TaskQueueException e) {
      throw e.seenBy(partition, taskId);
    }
  }

  /**
   * Waits for the end of an exchange. Throws its error unchanged; the caller adds the context.
   *
   * @throws OutcomeUnknownException if the thread is interrupted; its interrupt flag stays set, and
   *     the exchange continues
   */
  <T> T await(CompletableFuture<T> exchange, long deadlineNanos) {
    if (!exchange.isDone()) {
      awaitEnd(exchange, deadlineNanos);
    }
    try {
      return exchange.join();
    } catch (CompletionException e) {
      throw known(e.getCause());
    }
  }

  private void awaitEnd(CompletableFuture<?> exchange, long deadlineNanos) {
    @Nullable InterruptedException interrupt = null;
    try {
      clock.await(exchange, deadlineNanos + MARGIN_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      interrupt = e;
    }
    if (!exchange.isDone()) {
      throw interrupt == null
          ? new OutcomeUnknownException(
              "no confirmation arrived in time: the change may or may not have been made", null)
          : new OutcomeUnknownException(
              "interrupted before the confirmation: the change may or may not have been made",
              interrupt);
    }
  }

  /**
   * Returns the error of an exchange. An unexpected exception means that the outcome is unknown.
   */
  static TaskQueueException known(@Nullable Throwable error) {
    return error instanceof TaskQueueException known
        ? known
        : new OutcomeUnknownException("unexpected failure: " + error, error);
  }
}
