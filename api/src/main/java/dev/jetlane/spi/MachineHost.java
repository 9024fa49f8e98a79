package dev.jetlane.spi;

import dev.jetlane.driver.TimedWork;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** The machine's time, with one thread for the timed work of all workers, while there is any. */
final class MachineHost implements WorkerHost {

  static final MachineHost SHARED = new MachineHost();

  private static final long LONG_NANOS = TimeUnit.DAYS.toNanos(1);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, MachineHost::thread);

  private MachineHost() {
    timer.setKeepAliveTime(10, TimeUnit.SECONDS);
    timer.allowCoreThreadTimeOut(true);
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "jetlane-timer");
    thread.setDaemon(true);
    return thread;
  }

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

  @Override
  public void add(TimedWork work) {}

  @Override
  public void wakeAt(TimedWork work, long nanos) {
    var unused =
        timer.schedule(
            () -> work.runDue(System.nanoTime()),
            Math.max(0, nanos - System.nanoTime()),
            TimeUnit.NANOSECONDS);
  }

  @Override
  public void remove(TimedWork work) {}
}
