// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.TimedWork;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.locks.ReentrantLock;

/** The later actions of a worker, on the clock of its queue. Thread-safe. */
final class Agenda implements TimedWork {

  private static final System.Logger LOG = System.getLogger("dev.jetlane.Worker");

  private record Item(long atNanos, Runnable action) {}

  private final DriverClock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final PriorityQueue<Item> items =
      new PriorityQueue<>((one, other) -> Long.compare(one.atNanos - other.atNanos, 0));
  private boolean closed;

  Agenda(DriverClock clock) {
    this.clock = clock;
    clock.add(this);
  }

  /**
   * Runs an action after a time. The action must not block. After {@link #close} no action runs.
   */
  void after(long nanos, Runnable action) {
    long atNanos = clock.nanoTime() + nanos;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      items.add(new Item(atNanos, action));
    } finally {
      lock.unlock();
    }
    clock.wakeAt(this, atNanos);
  }

  @Override
  public long nextNanos() {
    lock.lock();
    try {
      Item first = items.peek();
      return first == null ? DriverClock.NEVER : first.atNanos;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void runDue(long nowNanos) {
    List<Runnable> due = new ArrayList<>();
    lock.lock();
    try {
      while (!items.isEmpty() && items.element().atNanos - nowNanos <= 0) {
        due.add(items.remove().action);
      }
    } finally {
      lock.unlock();
    }
    due.forEach(Agenda::run);
  }

  /** Runs an action; its exception does not affect the other actions. */
  private static void run(Runnable action) {
    try {
      action.run();
    } catch (Throwable e) {
      LOG.log(Level.ERROR, "timed work of a worker failed; the worker continues", e);
    }
  }

  /** Drops all actions. */
  void close() {
    lock.lock();
    try {
      closed = true;
      items.clear();
    } finally {
      lock.unlock();
    }
    clock.remove(this);
  }
}
