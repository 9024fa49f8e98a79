package dev.jetlane.nats.request;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.locks.LockSupport;

/**
 * The one thread of a queue that does things when it is time for them, and the only place where
 * anything is scheduled.
 *
 * <p>Nothing that is thrown ends what it does, an {@link OutOfMemoryError} included: a periodic
 * task goes on, any other is tried again after a moment. Each failure is logged the first time that
 * it happens since it last went well.
 */
public final class QueueTimer {

  /** A task of this timer. */
  public static final class Task implements Runnable {

    private final QueueTimer timer;
    private final String what;
    private final Runnable work;
    private final boolean periodic;
    private volatile boolean failing;
    private volatile boolean cancelled;

    private Task(QueueTimer timer, String what, Runnable work, boolean periodic) {
      this.timer = timer;
      this.what = what;
      this.work = work;
      this.periodic = periodic;
    }

    /** It is not done any more; one that is being done now is not interrupted. */
    public void cancel() {
      cancelled = true;
    }

    /** For the timer alone. */
    @Override
    public void run() {
      if (cancelled) {
        return;
      }
      try {
        work.run();
        failing = false;
      } catch (Throwable e) {
        timer.failed(this, e);
      }
    }
  }

  private static final System.Logger LOG = System.getLogger("dev.jetlane.nats");
  private static final long AGAIN_NANOS = MILLISECONDS.toNanos(100);

  private final ScheduledThreadPoolExecutor executor;

  QueueTimer(String name) {
    executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Does the work again and again, with a pause in between. */
  public Task every(String what, long nanos, Runnable work) {
    Task task = new Task(this, what, work, true);
    var unused = executor.scheduleWithFixedDelay(task, nanos, nanos, NANOSECONDS);
    return task;
  }

  /** Does the work once; returns whether it will: not if the queue is closed. */
  public boolean after(String what, long nanos, Runnable work) {
    return schedule(new Task(this, what, work, false), nanos);
  }

  private boolean schedule(Task task, long nanos) {
    try {
      Future<?> unused = executor.schedule(task, nanos, NANOSECONDS);
      return true;
    } catch (RejectedExecutionException closed) {
      return false;
    }
  }

  /** Without memory nothing here may be taken for granted: neither the log, nor another task. */
  private void failed(Task task, Throwable e) {
    boolean first = !task.failing;
    task.failing = true;
    if (first) {
      try {
        LOG.log(System.Logger.Level.ERROR, task.what + " failed; it is tried again", e);
      } catch (Throwable notLogged) {
        // What it does matters more.
      }
    }
    while (!task.periodic && !executor.isShutdown()) {
      try {
        schedule(task, AGAIN_NANOS);
        return;
      } catch (Throwable notScheduled) {
        LockSupport.parkNanos(this, AGAIN_NANOS);
      }
    }
  }

  void close() {
    executor.shutdownNow();
  }
}
