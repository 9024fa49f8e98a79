// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.driver.DriverClock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Sweeps the open requests every 20 ms. It rests when none has been open for a second: the wake-ups
 * of an idle queue took half a percent of a core.
 *
 * <p>This class is thread-safe.
 */
final class Sweeper {

  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** More than one, because sequential requests should not wake the timer each time. */
  private static final int EMPTY_TICKS = 50;

  private final DriverClock.Timer timer;
  private final BooleanSupplier noneOpen;
  private final Runnable sweep;
  private final AtomicBoolean working = new AtomicBoolean();

  /** Used by the timer. */
  private int empty;

  /**
   * @param noneOpen whether no request is open
   */
  Sweeper(DriverClock.Timer timer, BooleanSupplier noneOpen, Runnable sweep) {
    this.timer = timer;
    this.noneOpen = noneOpen;
    this.sweep = sweep;
  }

  /** Called after a request was enlisted. */
  void work() {
    if (!working.get() && working.compareAndSet(false, true)) {
      boolean begun = false;
      try {
        again();
        begun = true;
      } finally {
        if (!begun) { // Short of memory: the next request tries it again.
          working.set(false);
        }
      }
    }
  }

  private void again() {
    timer.after("checking unanswered requests", TICK_NANOS, this::tick);
  }

  private void tick() {
    empty = noneOpen.getAsBoolean() ? empty + 1 : 0;
    if (empty == 0) {
      sweep.run();
    } else if (empty > EMPTY_TICKS) {
      empty = 0;
      working.set(false);
      if (!noneOpen.getAsBoolean()) {
        work(); // A request came before the reset.
      }
      return;
    }
    again();
  }
}
