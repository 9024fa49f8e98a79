package dev.jetlane.nats.request;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.wire.ConnectionMonitor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The pushes into one partition: each holds a permit of the queue until its outcome is known, and
 * the last one is remembered if the server did not store it for a reason of its own. Thread-safe.
 */
public final class PushWatch {

  /**
   * A push that the server did not confirm, until another one goes well.
   *
   * @param epoch of the connection that it failed on
   */
  public record FailedPush(TaskQueueException error, long atNanos, int epoch) {}

  private final Semaphore permits;
  private final ConnectionMonitor monitor;
  private volatile @Nullable FailedPush failed;

  public PushWatch(Session session) {
    permits = session.pushPermits;
    monitor = session.monitor;
  }

  /** Whether a push would have to wait for a permit. */
  public boolean isFull() {
    return permits.availablePermits() == 0;
  }

  /** Takes a permit; false if there is none by the deadline. */
  public boolean acquire(long deadlineNanos) throws InterruptedException {
    return permits.tryAcquire()
        || permits.tryAcquire(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  /** The outcome of a push is known. */
  public void released(@Nullable TaskQueueException error) {
    permits.release();
    if (error instanceof OutcomeUnknownException || error instanceof QueueUnavailableException) {
      failed = new FailedPush(error, System.nanoTime(), monitor.epoch());
    } else if (failed != null) {
      failed = null;
    }
  }

  /** The last push, if it failed on the connection of now; null if it did not. */
  public @Nullable FailedPush failed() {
    FailedPush last = failed;
    return last == null || last.epoch != monitor.epoch() ? null : last;
  }
}
