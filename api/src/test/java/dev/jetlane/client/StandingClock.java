// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.TimedWork;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A clock that a test moves, for one thread. */
public class StandingClock implements DriverClock {

  /** Just before the numbers overflow, which a monotonic clock may reach. */
  private static final long START = Long.MAX_VALUE - Duration.ofSeconds(25).toNanos() - 5;

  /** The times of all calls of {@link #wakeAt}. */
  public final List<Long> wishes = new ArrayList<>();

  /** The ends of all waits for a future. */
  final List<Long> waits = new ArrayList<>();

  /** The time that passes in each wait for a future. */
  Duration perWait = Duration.ZERO;

  final List<TimedWork> works = new ArrayList<>();
  private long nowNanos = START;

  /** The number of calls of {@link #execute}. */
  int reactions;

  /** Runs once at the next read of the clock. */
  public @Nullable Runnable atNextLook;

  /** Creates a clock that stands at its start. */
  public StandingClock() {}

  long startNanos() {
    return START;
  }

  /** Moves the time, and runs all due work, each at its due time. */
  public void advance(Duration time) {
    long end = nowNanos + time.toNanos();
    for (TimedWork work : List.copyOf(works)) {
      for (long next = work.nextNanos();
          next != NEVER && next - end <= 0;
          next = work.nextNanos()) {
        nowNanos = next - nowNanos > 0 ? next : nowNanos;
        work.runDue(nowNanos);
      }
    }
    nowNanos = end;
  }

  @Override
  public long nanoTime() {
    Runnable between = atNextLook;
    atNextLook = null;
    if (between != null) {
      between.run();
    }
    return nowNanos;
  }

  @Override
  public Instant now() {
    return Instant.EPOCH.plusNanos(nowNanos - START);
  }

  @Override
  public void await(BooleanSupplier condition, long untilNanos) {
    throw new UnsupportedOperationException("one thread cannot wait for another");
  }

  /** Only {@link #perWait} passes. */
  @Override
  public void await(Future<?> future, long untilNanos) throws InterruptedException {
    waits.add(untilNanos);
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (!perWait.isZero()) {
      advance(perWait);
    }
  }

  @Override
  public void signal() {}

  @Override
  public void execute(Runnable reaction) {
    reactions++;
    reaction.run();
  }

  @Override
  public void add(TimedWork work) {
    works.add(work);
  }

  @Override
  public void wakeAt(TimedWork work, long nanos) {
    wishes.add(nanos);
  }

  @Override
  public void remove(TimedWork work) {
    works.remove(work);
  }
}
