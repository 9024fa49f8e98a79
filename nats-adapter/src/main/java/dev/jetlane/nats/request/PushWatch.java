// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.wire.ConnectionMonitor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The pushes into one partition. Each holds a permit of the queue until its outcome is known. The
 * last one is remembered if the server failed to store it. Thread-safe.
 */
public final class PushWatch {

  /**
   * An unconfirmed push, until another one succeeds.
   *
   * @param epoch the epoch of its connection
   */
  public record FailedPush(TaskQueueException error, long atNanos, int epoch) {}

  private final Semaphore permits;
  private final ConnectionMonitor monitor;
  private volatile @Nullable FailedPush failed;

  /**
   * @param permits one permit for each unconfirmed push of the queue
   */
  public PushWatch(Semaphore permits, ConnectionMonitor monitor) {
    this.permits = permits;
    this.monitor = monitor;
  }

  /** Returns whether a push would wait for a permit. */
  public boolean isFull() {
    return permits.availablePermits() == 0;
  }

  /** Takes a permit; false if there is none by the deadline. */
  public boolean acquire(long deadlineNanos) throws InterruptedException {
    return permits.tryAcquire()
        || permits.tryAcquire(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  /** Records the outcome of a push, and releases its permit. */
  public void released(@Nullable TaskQueueException error) {
    permits.release();
    if (error instanceof OutcomeUnknownException || error instanceof QueueUnavailableException) {
      failed = new FailedPush(error, System.nanoTime(), monitor.epoch());
    } else if (failed != null) {
      failed = null;
    }
  }

  /** Returns the last push if it failed on the current connection, otherwise null. */
  public @Nullable FailedPush failed() {
    FailedPush last = failed;
    return last == null || last.epoch != monitor.epoch() ? null : last;
  }
}
