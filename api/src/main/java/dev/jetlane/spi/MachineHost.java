package dev.jetlane.spi;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** The machine's time, for one worker. */
final class MachineHost implements WorkerHost {

  private static final long LONG_NANOS = TimeUnit.DAYS.toNanos(1);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @Override
  public long nowNanos() {
    return System.nanoTime();
  }

  @Override
  public void await(BooleanSupplier done, long untilNanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long leftNanos = left(untilNanos);
      while (!done.getAsBoolean() && leftNanos > 0) {
        long unused = changed.awaitNanos(leftNanos);
        leftNanos = left(untilNanos);
      }
    } finally {
      lock.unlock();
    }
  }

  private static long left(long untilNanos) {
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
}
