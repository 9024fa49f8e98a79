// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.WorkerFailure;
import dev.jetlane.driver.Activity;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.TimedWork;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A clock for one thread, which a test moves. A wait makes the {@link #others} steps, one after the
 * other, and then lasts until its time. It checks its condition at the moment of each signal, as a
 * thread that waits on the clock of the machine may do.
 */
final class ScriptedClock implements DriverClock {

  /** Just before the numbers overflow, which a monotonic clock may reach. */
  private static final long START = Long.MAX_VALUE - Duration.ofSeconds(25).toNanos() - 5;

  private static final int MOST_RUNS = 10_000;

  final List<TimedWork> works = new ArrayList<>();
  final List<Activity> begun = new ArrayList<>();
  final List<Activity> ended = new ArrayList<>();
  final List<WorkerFailure> logged = new ArrayList<>();

  /** The length of each wait. */
  final List<Duration> waits = new ArrayList<>();

  /** The times of all calls of {@link #wakeAt}, from the start. */
  final List<Duration> wishes = new ArrayList<>();

  /** Runs in each call of {@link #wakeAt}. */
  Runnable onWish = () -> {};

  /** Steps of other threads, made while this thread waits. */
  final Deque<Runnable> others = new ArrayDeque<>();

  /** The callbacks of users that have not run yet, if {@link #holdsReactions}. */
  final Deque<Runnable> reactions = new ArrayDeque<>();

  boolean holdsReactions;
  int signals;

  /** The waits of this thread, the innermost last. */
  private final List<Wait> waiting = new ArrayList<>();

  private long nowNanos = START;

  /** A wait for a condition, which is checked at each signal and at no other time. */
  private static final class Wait {

    private final BooleanSupplier condition;
    private boolean over;

    Wait(BooleanSupplier condition) {
      this.condition = condition;
    }

    void look() {
      over = over || condition.getAsBoolean();
    }
  }

  Duration elapsed() {
    return Duration.ofNanos(nowNanos - START);
  }

  /** Moves the time, and runs all due work at its due time. */
  void advance(Duration time) {
    advanceTo(nowNanos + time.toNanos());
  }

  private void advanceTo(long endNanos) {
    int runs = 0;
    for (TimedWork next = first(endNanos); next != null; next = first(endNanos)) {
      if (++runs > MOST_RUNS) {
        throw new AssertionError("timed work is always due: " + next);
      }
      long dueNanos = next.nextNanos();
      nowNanos = dueNanos - nowNanos > 0 ? dueNanos : nowNanos;
      next.runDue(nowNanos);
    }
    nowNanos = endNanos - nowNanos > 0 ? endNanos : nowNanos; // Timed work may have moved it.
  }

  private @Nullable TimedWork first(long endNanos) {
    TimedWork first = null;
    long firstNanos = endNanos;
    for (TimedWork work : works) {
      long next = work.nextNanos();
      if (next != NEVER && next - firstNanos <= 0) {
        first = work;
        firstNanos = next;
      }
    }
    return first;
  }

  /** Runs the callbacks of users. */
  void react() {
    while (!reactions.isEmpty()) {
      reactions.remove().run();
    }
  }

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public void await(BooleanSupplier condition, long untilNanos) throws InterruptedException {
    throwIfInterrupted();
    await(condition, untilNanos, false);
  }

  @Override
  public void await(Future<?> future, long untilNanos) throws InterruptedException {
    if (!future.isDone()) {
      throwIfInterrupted();
      await(future::isDone, untilNanos, true);
    }
  }

  private void await(BooleanSupplier condition, long untilNanos, boolean withoutSignal)
      throws InterruptedException {
    Wait wait = new Wait(condition);
    wait.look();
    if (wait.over) {
      return;
    }
    waits.add(Duration.ofNanos(untilNanos - nowNanos));
    waiting.add(wait);
    try {
      while (!wait.over && !others.isEmpty()) {
        others.remove().run();
        throwIfInterrupted();
        if (withoutSignal) {
          wait.look();
        }
      }
    } finally {
      waiting.remove(wait);
    }
    if (!wait.over) {
      advanceTo(untilNanos);
    }
  }

  private static void throwIfInterrupted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  @Override
  public void signal() {
    signals++;
    waiting.forEach(Wait::look);
  }

  @Override
  public void execute(Runnable reaction) {
    if (holdsReactions) {
      reactions.add(reaction);
    } else {
      reaction.run();
    }
  }

  @Override
  public void add(TimedWork work) {
    works.add(work);
  }

  @Override
  public void wakeAt(TimedWork work, long nanos) {
    wishes.add(Duration.ofNanos(nanos - START));
    onWish.run();
  }

  @Override
  public void remove(TimedWork work) {
    works.remove(work);
  }

  @Override
  public void began(Activity worker) {
    begun.add(worker);
  }

  @Override
  public void ended(Activity worker) {
    ended.add(worker);
  }

  @Override
  public void log(WorkerFailure failure) {
    logged.add(failure);
  }
}
