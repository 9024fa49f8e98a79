// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import dev.jetlane.WorkerFailure.Kind;
import dev.jetlane.driver.DriverClock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands tasks over to handlers. A thread that was woken for one task continues with the next one,
 * so that many quick tasks need few thread switches.
 *
 * <p>When the executor refuses, the tasks keep their leases: the existing threads continue, and
 * without one the executor is asked again after a pause.
 */
final class HandlerThreads {

  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long GUARD_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Set on a handler thread. An executor may run handlers on the caller's thread. */
  private static final ThreadLocal<@Nullable HandlerThreads> HERE = new ThreadLocal<>();

  /** Set on a thread that becomes a handler thread. */
  private static final ThreadLocal<@Nullable HandlerThreads> BRINGING = new ThreadLocal<>();

  private final DriverClock clock;
  private final Workload work;
  private final Steps steps;
  private final HandlerPool pool;
  private final Agenda agenda;
  private final WorkerReports reports;
  private final Consumer<HandlerRun> handle;
  private final Runnable onRoom;
  private final Consumer<Throwable> stopped;
  private final AtomicBoolean told = new AtomicBoolean();
  private volatile @Nullable Throwable refusal;
  private volatile boolean guarding;
  private volatile long pauseNanos = FIRST_PAUSE_NANOS;

  /**
   * @param handle handles a task, on a handler thread
   * @param onRoom called when the worker may fetch more tasks, because it asks the executor again
   * @param stopped called when the executor was shut down
   */
  HandlerThreads(
      DriverClock clock,
      Workload work,
      Steps steps,
      HandlerPool pool,
      Agenda agenda,
      WorkerReports reports,
      Consumer<HandlerRun> handle,
      Runnable onRoom,
      Consumer<Throwable> stopped) {
    this.clock = clock;
    this.work = work;
    this.steps = steps;
    this.pool = pool;
    this.agenda = agenda;
    this.reports = reports;
    this.handle = handle;
    this.onRoom = onRoom;
    this.stopped = stopped;
  }

  /** Why no handler can be started; null if they can. */
  @Nullable Throwable refusal() {
    return refusal;
  }

  /** Starts a handler thread if a task waits for one. */
  void open() {
    boolean inside = HERE.get() == this;
    boolean more = true;
    while (more) {
      // On a handler thread the loop ends after one start, because the executor may run the next
      // handlers on this thread. Each handler thread that starts elsewhere starts another one.
      more = work.startThread() && start() && !inside;
    }
    guard();
  }

  /**
   * Runs a step that may bring tasks, on a thread of the executor. This thread then handles them,
   * so that no other thread is woken for the first one.
   *
   * @throws RuntimeException if there is no thread, such as after a close
   */
  void bring(Runnable tasks) {
    pool.execute(
        () -> {
          BRINGING.set(this);
          try {
            tasks.run();
          } finally {
            BRINGING.remove();
          }
          if (work.startThread()) {
            handleTasks();
          } else {
            guard();
          }
        });
  }

  /** As {@link #open}, on a thread of the queue, which must not run user code. */
  void openElsewhere() {
    if (BRINGING.get() == this) {
      return; // This thread becomes a handler thread.
    }
    if (pool.isForeign()) {
      clock.execute(this::open);
    } else {
      open();
    }
  }

  private boolean start() {
    try {
      pool.execute(this::handleTasks);
      return true;
    } catch (RuntimeException | Error e) {
      steps.run(() -> refused(e));
      return false;
    }
  }

  private void handleTasks() {
    HandlerThreads outer = HERE.get();
    if (outer == this) {
      work.cancelStart(); // The executor runs this on the caller's thread, a handler thread.
      return;
    }
    HERE.set(this);
    try {
      HandlerRun run = work.take(true, this::begin);
      refusal = null;
      pauseNanos = FIRST_PAUSE_NANOS;
      while (run != null) {
        if (run.opensAnother) {
          boolean unused = start();
          run.startsNow(clock.nanoTime()); // The start of a thread does not belong to the task.
        }
        guard();
        handle.accept(run);
        run = work.take(false, this::begin);
      }
    } finally {
      HERE.set(outer);
    }
  }

  private HandlerRun begin(Delivery delivery) {
    return new HandlerRun(delivery, clock.nanoTime());
  }

  /**
   * Ensures that tasks for which no thread is started, because tasks are quick, do not wait long.
   */
  private void guard() {
    if (work.mayStall() && !guarding) {
      guarding = true;
      agenda.after(GUARD_NANOS, this::look);
    }
  }

  private void look() {
    guarding = false;
    if (work.startThreadIfStalled()) {
      startElsewhere();
    }
    guard();
  }

  /** As {@link #start}, on the thread of the clock, which must not run user code. */
  private void startElsewhere() {
    if (pool.isForeign()) {
      clock.execute(
          () -> {
            boolean unused = start();
          });
    } else {
      boolean unused = start();
    }
  }

  /** Handles a refusal of the executor. The tasks keep their leases. */
  private void refused(Throwable why) {
    boolean none = work.refused();
    if (pool.isShutDown()) {
      stopped.accept(why);
      return;
    }
    boolean outage = none && refusal == null;
    if (!told.getAndSet(true) || outage) {
      reports.tell(
          Kind.EXECUTOR_REFUSED,
          null,
          why,
          none
              ? "the tasks keep their leases, and the worker asks the executor again"
              : "the tasks keep their leases and start as handlers end");
    }
    refusal = none ? why : null;
    long pause = pauseNanos;
    pauseNanos = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
    agenda.after(pause, this::retry);
  }

  private void retry() {
    work.forgetRefusal();
    if (work.ahead() == 0) {
      refusal = null; // The tasks were given back, so nothing shows that it still refuses.
    }
    openElsewhere();
    if (work.ahead() == 0) {
      onRoom.run(); // Otherwise the executor may refuse again; a handler that starts fetches.
    }
  }
}
