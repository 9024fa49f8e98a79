// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** The clock of the machine. */
final class MachineClock implements DriverClock {

  private static final long LONG_NANOS = TimeUnit.DAYS.toNanos(1);

  /** Work that is due within this time is done together, so that leases are extended in batches. */
  private static final long BATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Timer timer;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** An upper bound for the next run of each work. */
  private final ConcurrentHashMap<TimedWork, AtomicLong> works = new ConcurrentHashMap<>();

  MachineClock(Timer timer) {
    this.timer = timer;
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public void await(BooleanSupplier condition, long untilNanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long leftNanos = leftNanos(untilNanos);
      while (!condition.getAsBoolean() && leftNanos > 0) {
        long unused = changed.awaitNanos(leftNanos);
        leftNanos = leftNanos(untilNanos);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void await(Future<?> future, long untilNanos) throws InterruptedException {
    try {
      for (long left = leftNanos(untilNanos); left > 0; left = leftNanos(untilNanos)) {
        try {
          var unused = future.get(left, TimeUnit.NANOSECONDS);
          return;
        } catch (TimeoutException e) {
          // One wait is limited to a day, and the moment may be later.
        }
      }
    } catch (ExecutionException | CancellationException done) {
      // The caller reads the outcome from the future.
    }
  }

  private static long leftNanos(long untilNanos) {
    return untilNanos == NEVER ? LONG_NANOS : untilNanos - System.nanoTime();
  }

  @Override
  public void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void execute(Runnable reaction) {
    ForkJoinPool.commonPool().execute(reaction);
  }

  @Override
  public void add(TimedWork work) {
    works.put(work, new AtomicLong(NEVER));
  }

  @Override
  public void wakeAt(TimedWork work, long nanos) {
    AtomicLong armed = works.get(work);
    if (armed == null) {
      return;
    }
    long before = armed.get();
    while (before == NEVER || nanos - before < 0) {
      if (armed.compareAndSet(before, nanos)) {
        schedule(work, nanos);
        return;
      }
      before = armed.get();
    }
  }

  private void schedule(TimedWork work, long nanos) {
    long delayNanos = Math.max(BATCH_NANOS, nanos - System.nanoTime());
    timer.after("timed work of the queue", delayNanos, new Alarm(work, nanos));
  }

  /** One run of work. Does nothing if an earlier alarm replaced it, which plans the next run. */
  private final class Alarm implements Runnable {

    private final TimedWork work;
    private final long nanos;

    /** Whether this has begun; a timer may run it again if it fails. */
    private boolean begun;

    Alarm(TimedWork work, long nanos) {
      this.work = work;
      this.nanos = nanos;
    }

    @Override
    public void run() {
      AtomicLong armed = works.get(work);
      if (armed == null || !(begun || armed.compareAndSet(nanos, NEVER))) {
        return;
      }
      begun = true;
      work.runDue(System.nanoTime());
      long next = work.nextNanos();
      if (next != NEVER) {
        wakeAt(work, next);
      }
    }
  }

  @Override
  public void remove(TimedWork work) {
    works.remove(work);
  }
}
