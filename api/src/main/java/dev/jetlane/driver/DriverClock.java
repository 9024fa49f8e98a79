// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import dev.jetlane.WorkerFailure;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The clock of a driver, and all waits for it: the clock of the machine, or one that a test moves.
 * The client reads no other clock, and its threads wait in no other way.
 *
 * <p>Nanoseconds are compared by subtraction, except {@link #NEVER}, which is compared by equality.
 */
public interface DriverClock {

  /** A time that never comes. */
  long NEVER = Long.MAX_VALUE;

  /**
   * Returns the clock of the machine, on which timed work runs up to 10 ms late.
   *
   * @param timer runs it; the driver owns it, and ends it when it is closed
   * @return the clock
   */
  static DriverClock ofMachine(Timer timer) {
    return new MachineClock(timer);
  }

  /**
   * Like {@link #ofMachine(Timer)}, with a timer of the JDK.
   *
   * @param timer the timer; the driver owns it, and ends it with its close
   * @return the clock
   */
  static DriverClock ofMachine(ScheduledExecutorService timer) {
    return new MachineClock(
        (what, nanos, work) -> {
          try {
            var unused = timer.schedule(work, nanos, TimeUnit.NANOSECONDS);
          } catch (RejectedExecutionException closed) {
            // The driver was closed, so no work is due.
          }
        });
  }

  /** Runs the timed work of a driver. */
  @FunctionalInterface
  interface Timer {

    /**
     * Runs work once, after a delay; never after the driver was closed. Does not block.
     *
     * @param what the name of the work in the log if it fails
     * @param nanos the delay in nanoseconds; may be negative
     * @param work the work
     */
    void after(String what, long nanos, Runnable work);
  }

  /**
   * Returns the time of a monotonic clock. Takes no lock.
   *
   * @return nanoseconds, to be compared by subtraction
   */
  long nanoTime();

  /**
   * Returns the time of day.
   *
   * @return the current instant
   */
  default Instant now() {
    return Instant.now();
  }

  /**
   * Waits until a condition holds or a time is reached.
   *
   * @param condition checked after each {@link #signal}; may read only volatile fields
   * @param untilNanos the moment, or {@link #NEVER}
   * @throws InterruptedException if the thread was interrupted
   */
  void await(BooleanSupplier condition, long untilNanos) throws InterruptedException;

  /**
   * Waits until a future is done or a time is reached.
   *
   * @param future the future
   * @param untilNanos the moment, or {@link #NEVER}
   * @throws InterruptedException if the thread was interrupted
   */
  void await(Future<?> future, long untilNanos) throws InterruptedException;

  /** Wakes all waits, because a condition may have changed. The caller holds no lock. */
  void signal();

  /**
   * Runs a callback of a user, which may take long and may call the queue. No lock is held.
   *
   * @param reaction the callback
   */
  void execute(Runnable reaction);

  /**
   * Runs timed work from now on: see {@link TimedWork}.
   *
   * @param work the work
   */
  void add(TimedWork work);

  /**
   * Records that timed work may now be due earlier. Does not block.
   *
   * @param work the work
   * @param nanos the time at which it is due next; not {@link #NEVER}
   */
  void wakeAt(TimedWork work, long nanos);

  /**
   * Stops running timed work. A current run may continue.
   *
   * @param work the work
   */
  void remove(TimedWork work);

  /**
   * Called when a worker has begun, for a driver whose time moves only when all workers are idle.
   *
   * @param worker the worker
   */
  default void began(Activity worker) {}

  /**
   * Called when a worker has ended.
   *
   * @param worker the worker
   */
  default void ended(Activity worker) {}

  /**
   * Returns the executor for the handlers of workers.
   *
   * @return the executor; null, the default, if each worker creates its own threads
   */
  default @Nullable Executor handlers() {
    return null;
  }

  /**
   * Logs a failure of a worker that has no failure listener.
   *
   * @param failure the failure
   */
  default void log(WorkerFailure failure) {
    failure.log();
  }

  /**
   * Returns a random number, which spreads the actions of many clients over time.
   *
   * @return from 0 inclusive to 1 exclusive
   */
  default double chance() {
    return ThreadLocalRandom.current().nextDouble();
  }
}
