package dev.jetlane.nats.request;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of a queue that does things when it is time for them, and the only place where
 * anything is scheduled.
 *
 * <p>Nothing that is thrown ends what it does, an {@link OutOfMemoryError} included: a periodic
 * task goes on, any other is tried again after a moment. Each failure is logged the first time that
 * it happens since the task last went well.
 *
 * <p>A task is put back before it runs, so that it cannot get lost, and what handles a failure
 * needs no memory: the executors of the JDK lose a periodic task that throws, and their thread when
 * memory is short.
 */
public final class QueueTimer {

  /**
   * A task of this timer. Its fields are guarded by the timer's lock, but for the volatile ones.
   */
  public static final class Task implements Comparable<Task> {

    private final String what;
    private final Runnable work;
    private final long everyNanos;
    private long atNanos;
    private boolean failing;
    private volatile boolean over;

    private Task(String what, Runnable work, long atNanos, long everyNanos) {
      this.what = what;
      this.work = work;
      this.atNanos = atNanos;
      this.everyNanos = everyNanos;
    }

    /** It is not done any more; one that is being done now is not interrupted. */
    public void cancel() {
      over = true;
    }

    @Override
    @SuppressWarnings("ComparableType")
    public int compareTo(Task other) {
      return Long.compare(atNanos - other.atNanos, 0);
    }
  }

  private static final System.Logger LOG = System.getLogger("dev.jetlane.nats");
  private static final long AGAIN_NANOS = MILLISECONDS.toNanos(100);
  private static final long ONCE = 0;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final PriorityQueue<Task> tasks = new PriorityQueue<>();
  private final Thread thread;
  private volatile boolean closed;
  private @Nullable Task current;
  private @Nullable Throwable failure;

  QueueTimer(String name) {
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Does the work again and again, so long after the last time began. */
  public Task every(String what, long nanos, Runnable work) {
    Task task = new Task(what, work, System.nanoTime() + nanos, nanos);
    add(task);
    return task;
  }

  /** Does the work once; returns whether it will: not if the queue is closed. */
  public boolean after(String what, long nanos, Runnable work) {
    return add(new Task(what, work, System.nanoTime() + nanos, ONCE));
  }

  private boolean add(Task task) {
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      tasks.add(task);
      if (tasks.peek() == task) {
        changed.signal();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  void close() {
    closed = true;
    thread.interrupt();
  }

  private void run() {
    while (!closed) {
      step();
    }
  }

  private void step() {
    try {
      if (failure != null) {
        tellFailure(failure);
      }
      Task task = next();
      current = task;
      task.work.run();
      task.failing = false;
      if (task.everyNanos == ONCE) {
        task.over = true;
      }
    } catch (Throwable e) {
      failure = e;
    }
  }

  private void tellFailure(Throwable thrown) {
    failure = null;
    Task task = current;
    current = null;
    if (closed || task == null) {
      LockSupport.parkNanos(this, AGAIN_NANOS);
    } else if (!task.failing) {
      task.failing = true;
      LOG.log(System.Logger.Level.ERROR, task.what + " failed; it is tried again", thrown);
    }
  }

  /** Waits until a task is due. It has its place for the next time already. */
  private Task next() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (true) {
        Task first = tasks.peek();
        long now = System.nanoTime();
        if (first == null) {
          changed.await();
        } else if (first.over) {
          tasks.poll();
        } else if (first.atNanos - now > 0) {
          changed.awaitNanos(first.atNanos - now);
        } else {
          tasks.poll();
          first.atNanos = now + (first.everyNanos == ONCE ? AGAIN_NANOS : first.everyNanos);
          tasks.add(first);
          return first;
        }
      }
    } finally {
      lock.unlock();
    }
  }
}
