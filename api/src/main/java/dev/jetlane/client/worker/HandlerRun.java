// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.AsyncTaskHandler;
import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.TaskHandler;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One task at a handler, from the start to the end of the handler. Exactly one party settles the
 * task: the worker when the handler ends, or the caller of {@link #take} that took the task before.
 */
final class HandlerRun {

  /** Calls the user's handler. */
  interface Call {

    /** Returns null, or a stage that completes later. */
    @Nullable CompletionStage<?> start(HandlerRun run) throws Exception;

    static Call of(TaskHandler handler) {
      return run -> {
        handler.handle(run.delivery());
        return null;
      };
    }

    static Call of(AsyncTaskHandler handler) {
      return run -> {
        CompletionStage<?> stage = handler.handle(run.delivery());
        if (stage == null) { // An ack would lose the task of a handler that has not done its work.
          throw new IllegalStateException(
              "the asynchronous handler returned null instead of a stage");
        }
        return stage;
      };
    }

    /** Returns whether a task may wait for others before its handler starts. */
    default boolean gathersTasks() {
      return false;
    }

    /** Why none of the tasks that waited for others can be started; null if they can. */
    default @Nullable Throwable refusal() {
      return null;
    }

    /** Starts the tasks that wait for others, because no others come. */
    default void startDue() {}

    /**
     * Returns the tasks that wait for a free handler or a thread, and starts none of them later.
     */
    default List<HandlerRun> withdraw() {
      return List.of();
    }

    /** Returns whether no task that waits for others can start before a handler ends. */
    default boolean isFull() {
      return false;
    }
  }

  /** Receives the end of a handler. */
  interface End {

    /**
     * Called when the handler has ended.
     *
     * @param mine whether the worker has to settle the task
     * @param failure null if the handler returned
     */
    void ended(HandlerRun run, boolean mine, @Nullable Throwable failure);
  }

  private final Delivery delivery;
  private volatile long startedNanos;
  private volatile boolean waiting;

  // Guarded by this object's monitor.
  private @Nullable Thread thread;
  private @Nullable CompletionStage<?> stage;
  private boolean taken;
  private boolean stopped;
  private boolean ended;

  /** Whether the thread of this run starts another one. Used by that thread. */
  boolean opensAnother;

  // Set by the patrol.
  volatile boolean limitReached;
  volatile boolean lossReported;
  volatile boolean hangReported;

  HandlerRun(Delivery delivery, long startedNanos) {
    this.delivery = delivery;
    this.startedNanos = startedNanos;
  }

  Delivery delivery() {
    return delivery;
  }

  long startedNanos() {
    return startedNanos;
  }

  /** Records that the work begins later, by {@link #startsNow}. */
  void waits() {
    waiting = true;
  }

  /** Returns whether the work has not begun. */
  boolean isWaiting() {
    return waiting;
  }

  /** Moves the start to now, because the run was created before. */
  void startsNow(long nowNanos) {
    startedNanos = nowNanos;
    waiting = false;
  }

  /** Calls the handler on this thread. An interrupt of this run does not outlast it. */
  void run(Call call, Function<Delivery, Handling> listeners, End end) {
    if (!begin()) {
      end.ended(this, false, null);
      return;
    }
    CompletionStage<?> later = null;
    Throwable failure = null;
    Handling handling = Handling.NONE;
    try {
      handling = listeners.apply(delivery);
      later = call.start(this);
    } catch (Throwable e) {
      failure = e;
    } finally {
      handling.left();
      leaveThread(later);
    }
    if (later == null) {
      ended(handling, end, failure);
    } else {
      Handling followed = handling;
      var unused = later.whenComplete((result, error) -> ended(followed, end, unwrapped(error)));
    }
  }

  private void ended(Handling handling, End end, @Nullable Throwable failure) {
    handling.ended(waiting ? null : failure); // No handler has seen a task that waits.
    end.ended(this, endHere(), failure);
  }

  private synchronized boolean begin() {
    if (taken) {
      return false;
    }
    thread = Thread.currentThread();
    if (stopped) {
      thread.interrupt(); // The lease was lost before the handler began.
    }
    return true;
  }

  private void leaveThread(@Nullable CompletionStage<?> later) {
    boolean cancelled;
    synchronized (this) {
      thread = null;
      stage = later;
      cancelled = taken || stopped;
    }
    boolean unused = Thread.interrupted();
    if (cancelled) {
      stop();
    }
  }

  /** Ends the run; returns whether the task was not taken away before. */
  private synchronized boolean endHere() {
    ended = true;
    return !taken;
  }

  /**
   * Takes the task away from the handler; false if the handler has ended, or the task was taken
   * before.
   */
  synchronized boolean take() {
    boolean mine = !taken && !ended;
    taken = true;
    return mine;
  }

  /**
   * Takes the task away and stops the handler.
   *
   * @param back receives the delivery, if it was not taken or settled before
   */
  void takeBack(List<Delivery> back) {
    if (take()) {
      back.add(delivery);
    }
    stop();
  }

  /** Interrupts the handler, and cancels the stage that it returned or will return. */
  void stop() {
    CompletionStage<?> later;
    synchronized (this) {
      stopped = true;
      if (thread != null) {
        thread.interrupt();
      }
      later = ended ? null : stage;
    }
    if (later != null) {
      try {
        boolean unused = later.toCompletableFuture().cancel(true);
      } catch (RuntimeException notSupported) {
        // A stage that is not a future cannot be cancelled; it completes on its own.
      }
    }
  }

  private static @Nullable Throwable unwrapped(@Nullable Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }
}
