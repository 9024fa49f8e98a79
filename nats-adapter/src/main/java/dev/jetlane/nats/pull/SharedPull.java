// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.PullDriver;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.nats.wire.FlushLock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The common part of all pulls: one pull at a time, a record of each in the status of the
 * partition, and a close that gives tasks back.
 *
 * <p>A pull holds the turn from its beginning to its end, also while it waits. A turn belongs to no
 * thread, because a pull may wait without one. A close wakes the pull and waits for the turn. Each
 * call of close returns when all tasks that were not handed out have been given back, or at its
 * deadline: the pull that has the turn then gives them back at its end.
 */
abstract class SharedPull implements PartitionPull {

  static final long PAUSE_NANOS = MILLISECONDS.toNanos(50);

  final ConnectionMonitor monitor;
  final Semaphore turn = new Semaphore(1);
  final PullInbox inbox;
  private final PartitionStatus status;
  private final FlushLock flushLock;
  private final JetStreamApi api;
  private final Executor steps;
  private final Consumer<PullDriver> onClose;

  /** The threads on which a pull that waited completes; null for those of the queue. */
  private volatile @Nullable Executor completing;

  private volatile boolean closed;

  /** Guarded by the turn. */
  private boolean gaveBack;

  SharedPull(
      Session session, PartitionStatus status, PullInbox inbox, Consumer<PullDriver> onClose) {
    monitor = session.monitor;
    flushLock = session.flushLock;
    api = session.api;
    steps = session.steps;
    this.status = status;
    this.inbox = inbox;
    this.onClose = onClose;
  }

  /**
   * Pulls once. The caller has the turn.
   *
   * @param early receives the tasks if the pull has more to do after them, and this then returns
   *     none; null if the caller waits for the end of the pull
   */
  abstract List<? extends Delivery> pullAlone(
      int max, long maxBytes, long untilNanos, @Nullable Consumer<List<Delivery>> early)
      throws InterruptedException;

  /** Called after each pull. The caller has the turn. */
  void pulled() {}

  /** Returns how much longer than its wait a pull may wait for the turn. */
  long patienceNanos() {
    return 0;
  }

  /** Called before a close waits for the turn. */
  void stop() {}

  /** Ends the wait of the pull that has the turn. Callable from any thread. */
  abstract void wake();

  /** Gives back all tasks that were not handed out. The caller has the turn. */
  abstract void giveBackAll();

  /** Returns whether tasks may have been given back. The caller has the turn. */
  boolean hasGivenBack() {
    return true;
  }

  @Override
  public final List<Delivery> pull(int max, long maxBytes, long untilNanos)
      throws InterruptedException {
    return pull(max, maxBytes, untilNanos, null);
  }

  /**
   * As {@link #pull(int, long, long)}.
   *
   * @param early as for {@link #pullAlone}
   */
  final List<Delivery> pull(
      int max, long maxBytes, long untilNanos, @Nullable Consumer<List<Delivery>> early)
      throws InterruptedException {
    requireOpen();
    long waitNanos = Math.max(0, untilNanos - System.nanoTime());
    if (!turn.tryAcquire(waitNanos, TimeUnit.NANOSECONDS)
        && !turn.tryAcquire(patienceNanos(), TimeUnit.NANOSECONDS)) {
      return new ArrayList<>();
    }
    try {
      requireOpen();
      List<Delivery> handedOut = new ArrayList<>(pullAlone(max, maxBytes, untilNanos, early));
      status.pulled();
      return handedOut;
    } catch (TaskQueueException e) {
      failed(e);
      throw e;
    } finally {
      leave();
    }
  }

  /** Ends a pull, which has the turn. */
  private void leave() {
    pulled();
    turn.release();
    if (closed && turn.tryAcquire() && giveBackOnce()) {
      Thread.currentThread().interrupt();
    }
  }

  private void failed(TaskQueueException error) {
    if (!(error instanceof QueueClosedException)) {
      status.failed(error, monitor.epoch());
    }
    if (error instanceof QueueUnavailableException && monitor.isReady()) {
      monitor.missing();
    }
  }

  /** Returns the error of an asynchronous pull that a defect or a lack of memory has ended. */
  static TaskQueueException unexpected(Throwable failure) {
    return new OutcomeUnknownException("a pull failed in an unexpected way: " + failure, failure);
  }

  /** Records the end of the pull without a thread that has the turn. */
  final void ended(@Nullable TaskQueueException failure) {
    if (failure == null) {
      status.pulled();
    } else {
      failed(failure);
    }
    leave();
  }

  /** Returns a pull that waits without a thread; null if this kind needs one. */
  @Nullable DriverFuture<List<Delivery>> pullIdly(
      int max, long maxBytes, long untilNanos, Completion<? super List<Delivery>> completion) {
    return null;
  }

  @Override
  public final void completeOn(Executor threads) {
    completing = threads;
  }

  /** Returns the threads on which a pull that waited hands its tasks over. */
  final Executor completing() {
    Executor threads = completing;
    return threads == null ? steps : threads;
  }

  @Override
  public final DriverFuture<List<Delivery>> pullAsync(
      int max, long maxBytes, long untilNanos, Completion<? super List<Delivery>> completion) {
    DriverFuture<List<Delivery>> idle = pullIdly(max, maxBytes, untilNanos, completion);
    if (idle != null) {
      return idle;
    }
    AsyncPull pull = new AsyncPull(this, max, maxBytes, untilNanos, completion);
    var unused =
        api.runAsync(pull)
            .whenComplete(
                (ran, refused) -> {
                  if (refused != null) {
                    pull.fail(notStarted(refused));
                  }
                });
    return pull;
  }

  /** Returns the error of an asynchronous pull that has no thread. */
  static TaskQueueException notStarted(Throwable refused) {
    return refused instanceof QueueClosedException closed
        ? closed
        : new QueueUnavailableException("no thread for a pull: " + refused, refused);
  }

  @Override
  public final void close(long deadlineNanos) {
    closed = true;
    stop();
    boolean mine = turn.tryAcquire();
    if (!mine) {
      wake();
      mine = awaitTurn(deadlineNanos);
    }
    boolean interrupted = mine && giveBackOnce();
    onClose.accept(this);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for the turn until a deadline; returns whether it came. An interrupt stays set. */
  private boolean awaitTurn(long deadlineNanos) {
    boolean interrupted = false;
    while (true) {
      long leftNanos =
          deadlineNanos == DriverClock.NEVER
              ? Long.MAX_VALUE
              : Math.max(0, deadlineNanos - System.nanoTime());
      try {
        boolean mine = turn.tryAcquire(leftNanos, TimeUnit.NANOSECONDS);
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
        return mine;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }

  /** Gives back the tasks and releases the turn; returns whether the thread was interrupted. */
  private boolean giveBackOnce() {
    try {
      if (!gaveBack) {
        giveBackAll();
        if (hasGivenBack()) { // Saves an exchange with the server.
          flushLock.flush();
        }
        gaveBack = true;
      }
    } catch (InterruptedException e) {
      return true;
    } catch (IllegalStateException notFlushed) {
      // The leases expire instead.
    } finally {
      turn.release();
    }
    return false;
  }

  final boolean isClosed() {
    return closed;
  }

  final void requireOpen() {
    if (closed) {
      throw new QueueClosedException("the puller is closed", null);
    }
    monitor.requireOpen();
  }
}
