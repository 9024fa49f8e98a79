package dev.jetlane.nats.pull;

import dev.jetlane.Delivery;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.PullDriver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pull on a thread of the queue. A cancellation interrupts the wait of that thread: the future
 * then completes with an empty list.
 */
final class AsyncPull extends DriverFuture<List<Delivery>> implements Runnable {

  private final PullDriver pull;
  private final int max;
  private final long maxBytes;
  private final long untilNanos;

  /** The thread that waits. Guarded by this object's monitor. */
  private @Nullable Thread runner;

  private boolean cancelled;

  AsyncPull(
      PullDriver pull,
      int max,
      long maxBytes,
      long untilNanos,
      Completion<? super List<Delivery>> completion) {
    super(completion);
    this.pull = pull;
    this.max = max;
    this.maxBytes = maxBytes;
    this.untilNanos = untilNanos;
  }

  @Override
  public void run() {
    List<Delivery> pulled = new ArrayList<>();
    TaskQueueException failure = null;
    if (begins()) {
      try {
        pulled = pull.pull(max, maxBytes, untilNanos);
      } catch (InterruptedException e) {
        // The pull was cancelled, and no task is leased.
      } catch (TaskQueueException e) {
        failure = e;
      } finally {
        ended();
      }
    }
    if (failure == null) {
      succeed(pulled);
    } else {
      fail(failure);
    }
  }

  private synchronized boolean begins() {
    runner = Thread.currentThread();
    return !cancelled;
  }

  private synchronized void ended() {
    runner = null;
    boolean unused = Thread.interrupted(); // The thread continues with other work.
  }

  /** Ends the wait; no leased task is lost. */
  @Override
  public synchronized boolean cancel(boolean mayInterruptIfRunning) {
    cancelled = true;
    Thread waiting = runner;
    if (waiting != null) {
      waiting.interrupt();
    }
    return false;
  }
}
