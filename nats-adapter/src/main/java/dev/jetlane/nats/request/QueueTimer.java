// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The timer thread of a queue, on which all scheduled work runs. It starts with the first task, so
 * that a queue which cannot be opened leaves no thread.
 *
 * <p>No exception or error ends it, not even an {@link OutOfMemoryError}: a periodic task
 * continues, and any other task is tried again shortly after. Of several consecutive failures only
 * the first one is logged.
 *
 * <p>A task is scheduled again before it runs, so that it cannot be lost, and the handling of a
 * failure needs no memory. The executors of the JDK lose a periodic task that throws, and their
 * thread when memory is short.
 */
public final class QueueTimer {

  /**
   * A task of this timer. Its fields are guarded by the timer's lock, except for the volatile ones.
   */
  public static final class Task implements Comparable<Task> {

    private final String name;
    private final Runnable work;
    private final long everyNanos;
    private long atNanos;
    private boolean failing;
    private volatile boolean over;

    private Task(String name, Runnable work, long atNanos, long everyNanos) {
      this.name = name;
      this.work = work;
      this.atNanos = atNanos;
      this.everyNanos = everyNanos;
    }

    /** Cancels the task. A running one is not interrupted. */
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
  }

  /** Runs the work repeatedly, each time this long after the start of the last run. */
  public Task every(String name, long nanos, Runnable work) {
    Task task = new Task(name, work, System.nanoTime() + nanos, nanos);
    add(task);
    return task;
  }

  /** Runs the work once; returns false if the queue is closed. */
  public boolean after(String name, long nanos, Runnable work) {
    return add(new Task(name, work, System.nanoTime() + nanos, ONCE));
  }

  /** Returns whether the caller is the timer's thread. */
  boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  private boolean add(Task task) {
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      tasks.add(task);
      if (thread.getState() == Thread.State.NEW) {
        thread.start();
      }
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
    } finally {
      // An interrupt that the task left would look like its failure. The close sets its mark before
      // it interrupts.
      boolean unused = Thread.interrupted();
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
      LOG.log(System.Logger.Level.ERROR, task.name + " failed and will be retried", thrown);
    }
  }

  /** Waits until a task is due, and schedules it again. */
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
