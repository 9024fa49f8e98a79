// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.jetlane.Delivery;
import dev.jetlane.QueueClosedException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.nats.request.Lookout;
import io.nats.client.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A pull that waits without a thread. It holds the turn of its puller from its first step to its
 * last one. Its steps run on a few threads that all pulls share. The first step sends the request;
 * each ring, after an arrival or a check of the connection, starts another step. A step after an
 * arrival runs on the executor of {@code completeOn}, so that the thread that it wakes can also
 * handle the task.
 *
 * <p>Between two steps the pull waits, and no thread runs it. The fields that are not final belong
 * to the running step; the {@link StepState} hands them from one thread to the next.
 */
final class IdlePull extends DriverFuture<List<Delivery>> implements Lookout.Waiter {

  /** The interval of the checks without a request. */
  private static final long SOON_NANOS = MILLISECONDS.toNanos(100);

  private static final long TURN_NANOS = MILLISECONDS.toNanos(10);

  final PullBatch batch;
  PullRequests.Kind kind = PullRequests.Kind.SOME;

  /** The waiting request; null if there is none. */
  volatile @Nullable SentRequest sent;

  private final NatsPull pull;
  private final PullContext context;
  private final StepState state = new StepState();
  private volatile boolean withdrawn;

  /** Whether a cancellation has started the last step. */
  private volatile boolean ending;

  /** Whether a message has arrived for the waiting request. */
  private volatile boolean arrived;

  private volatile long untilNanos;

  IdlePull(
      NatsPull pull,
      PullBatch batch,
      long untilNanos,
      Completion<? super List<Delivery>> completion) {
    super(completion);
    this.pull = pull;
    this.batch = batch;
    this.untilNanos = untilNanos;
    context = pull.context();
  }

  /** Takes the first step as soon as the puller is free. */
  void begin() {
    if (pull.turn.tryAcquire()) {
      proceed();
    } else if (isOver() || withdrawn) {
      onSteps(() -> succeed(new ArrayList<>())); // Not on the timer: a callback may block.
    } else {
      pull.waiting.add(this);
      boolean later = context.session.timer.after("the turn of a pull", TURN_NANOS, this::retry);
      if (!later) {
        refuse("the queue is closed");
      } else if (pull.isClosed()) {
        refuse("the puller is closed");
      }
    }
  }

  private void retry() {
    if (pull.waiting.remove(this)) {
      begin();
    }
  }

  /** Ends the wait for the turn. Does nothing if the pull does not wait for it. */
  void refuse(String why) {
    if (pull.waiting.remove(this)) {
      onSteps(() -> fail(new QueueClosedException(why, null)));
    }
  }

  long untilNanos() {
    return untilNanos;
  }

  /** Shortens the wait to this time from now, if it is longer. */
  void endWithin(long nanos) {
    long soon = System.nanoTime() + nanos;
    if (untilNanos - soon > 0) {
      untilNanos = soon;
    }
  }

  boolean isOver() {
    return untilNanos - System.nanoTime() <= 0;
  }

  boolean isWithdrawn() {
    return withdrawn;
  }

  boolean hasArrived() {
    return arrived;
  }

  void nothingHasArrived() {
    arrived = false;
  }

  /** Returns whether the last step runs or is about to, so that nothing needs to wake it. */
  boolean isEnding() {
    return ending && !state.hasEnded();
  }

  /** Starts the next step after a change. Callable from any thread; does not wait. */
  void ring() {
    boolean unused = ring(context.session.steps);
  }

  /** Called when the first message has arrived. */
  void came(Message message) {
    arrived = true;
    boolean unused = ring(message.isStatusMessage() ? context.session.steps : pull.completing());
  }

  /** Returns whether the pull was waiting, so that this starts its next step. */
  private boolean ring(Executor threads) {
    if (!state.ring()) {
      return false;
    }
    try {
      threads.execute(this::step);
    } catch (RuntimeException | Error refused) {
      proceed();
    }
    return true;
  }

  private void proceed() {
    onSteps(this::step);
  }

  /**
   * Runs the work on a thread for steps. If there is none, because the queue is closed or no thread
   * can start, it runs on this thread, which it may block: otherwise the puller would never be
   * free.
   */
  private void onSteps(Runnable work) {
    try {
      context.session.steps.execute(work);
    } catch (RejectedExecutionException | OutOfMemoryError noThread) {
      work.run();
    }
  }

  private void step() {
    TaskQueueException failure = null;
    try {
      while (!pull.step(this)) {
        context.session.lookout.add(this);
        if (state.beginWait()) {
          waits();
          return;
        }
      }
    } catch (TaskQueueException e) {
      failure = e;
    } catch (InterruptedException e) {
      failure = new QueueClosedException("the queue is closed", e);
    } catch (RuntimeException | Error e) {
      failure = SharedPull.unexpected(e);
    }
    end(failure);
  }

  private void end(@Nullable TaskQueueException failure) {
    state.end();
    context.session.lookout.remove(this);
    pull.ended(failure);
    if (failure == null) {
      succeed(new ArrayList<>(batch.deliveries()));
    } else {
      fail(failure);
    }
  }

  private void waits() {
    if (sent == null) {
      lookSoon();
    } else if (pull.looks(this)) { // A change during the step.
      ring();
    }
  }

  private void lookSoon() {
    if (!context.session.timer.after("the check of a waiting pull", SOON_NANOS, this::lookAgain)) {
      ring(); // The queue is closed.
    }
  }

  private void lookAgain() {
    if (!state.isWaiting() || sent != null) {
      return; // The next wait has its own checks.
    }
    if (pull.looks(this)) {
      ring();
    } else {
      lookSoon();
    }
  }

  @Override
  public void look(boolean changed) {
    SentRequest waiting = sent;
    boolean due = changed || (waiting != null && waiting.isOver(System.nanoTime()));
    if (due && state.isWaiting() && pull.looks(this)) {
      ring();
    }
  }

  /** Ends the wait; the future completes with the tasks leased so far, often none. */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    withdrawn = true;
    if (ring(context.session.withdrawals)) {
      ending = true;
    }
    return false;
  }
}
