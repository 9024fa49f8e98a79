// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.harness;

import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.TimedWork;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/**
 * A clock for a driver. Its time stands still until the harness moves it with {@link
 * Harness#advance}.
 *
 * <p>This class is thread-safe.
 */
public final class VirtualClock implements DriverClock {

  private final List<TimedWork> works = new ArrayList<>();
  private volatile long nowNanos;

  /** Creates a clock that stands at zero. */
  public VirtualClock() {}

  /**
   * Moves the time forward, and runs all work that becomes due, in the order of the due times.
   *
   * @param time the duration, zero or more
   */
  public void advance(Duration time) {
    long endNanos = nowNanos + time.toNanos();
    for (long next = nextNanos(); next <= endNanos; next = nextNanos()) {
      nowNanos = Math.max(nowNanos, next);
      works().forEach(work -> work.runDue(nowNanos));
    }
    nowNanos = endNanos;
    signal();
  }

  private long nextNanos() {
    return works().stream().mapToLong(TimedWork::nextNanos).min().orElse(NEVER);
  }

  private synchronized List<TimedWork> works() {
    return List.copyOf(works);
  }

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public Instant now() {
    return Instant.EPOCH.plusNanos(nowNanos);
  }

  @Override
  public synchronized void await(BooleanSupplier condition, long untilNanos)
      throws InterruptedException {
    while (!condition.getAsBoolean() && nowNanos < untilNanos) {
      wait();
    }
  }

  @Override
  public void await(Future<?> future, long untilNanos) throws InterruptedException {
    if (future instanceof CompletableFuture<?> completable) {
      var unused = completable.whenComplete((result, error) -> signal());
    }
    await(future::isDone, untilNanos);
  }

  @Override
  public synchronized void signal() {
    notifyAll();
  }

  @Override
  public void execute(Runnable reaction) {
    reaction.run();
  }

  @Override
  public synchronized void add(TimedWork work) {
    works.add(work);
  }

  /** Does nothing: {@link #advance} checks all work. */
  @Override
  public void wakeAt(TimedWork work, long nanos) {}

  @Override
  public synchronized void remove(TimedWork work) {
    works.remove(work);
  }
}
