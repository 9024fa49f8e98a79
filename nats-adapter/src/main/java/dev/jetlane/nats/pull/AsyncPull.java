// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.Delivery;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pull on a thread of the queue. A cancellation interrupts the wait of that thread: the future
 * then completes with an empty list.
 *
 * <p>If the pull has more to do after the first tasks, such as the withdrawal of other requests,
 * the future completes before that, on the threads that the holder of the puller wants.
 */
final class AsyncPull extends DriverFuture<List<Delivery>> implements Runnable {

  private final SharedPull pull;
  private final int max;
  private final long maxBytes;
  private final long untilNanos;

  /** The thread that waits. Guarded by this object's monitor. */
  private @Nullable Thread runner;

  private boolean cancelled;

  /** Whether the tasks are handed over. Used by the runner alone. */
  private boolean handedOver;

  AsyncPull(
      SharedPull pull,
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
        pulled = pull.pull(max, maxBytes, untilNanos, this::handOver);
      } catch (InterruptedException e) {
        // The pull was cancelled, and no task is leased.
      } catch (TaskQueueException e) {
        failure = e;
      } catch (RuntimeException | Error e) {
        failure = SharedPull.unexpected(e);
      } finally {
        ended();
      }
    }
    if (handedOver) {
      return; // A failure after that is in the status of the partition.
    }
    if (failure == null) {
      succeed(pulled);
    } else {
      fail(failure);
    }
  }

  private void handOver(List<Delivery> early) {
    handedOver = true;
    try {
      pull.completing().execute(() -> succeed(early));
    } catch (RuntimeException | Error refused) {
      succeed(early);
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
