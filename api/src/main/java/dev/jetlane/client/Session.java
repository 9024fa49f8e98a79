package dev.jetlane.client;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.DriverClock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * What all calls of one client share: whether it is open, the deadline that each call gets, and how
 * a blocking call waits for its future.
 *
 * <p>This class is thread-safe.
 */
final class Session {

  /** A driver ends every exchange by its deadline; this is for a machine that stands still. */
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
    if (closed) {
      throw new QueueClosedException("the queue is closed", null);
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

  /** The deadline of a call that touches so many things, one after the other. */
  long deadlineNanos(int things) {
    return clock.nanoTime() + Math.multiplyExact(timeoutNanos, (long) things + 1);
  }

  /**
   * Waits for the end of an exchange.
   *
   * @throws OutcomeUnknownException if the thread is interrupted, whose flag stays set; the
   *     exchange goes on
   */
  <T> T await(CompletableFuture<T> exchange, long deadlineNanos) {
    if (!exchange.isDone()) {
      try {
        clock.await(exchange, deadlineNanos + MARGIN_NANOS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        if (!exchange.isDone()) {
          throw new OutcomeUnknownException("interrupted while waiting for the confirmation", e);
        }
      }
      if (!exchange.isDone()) {
        throw new OutcomeUnknownException("no confirmation came", null);
      }
    }
    try {
      return exchange.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof TaskQueueException known) {
        throw known;
      }
      throw new OutcomeUnknownException("failed in an unexpected way", e.getCause());
    }
  }
}
