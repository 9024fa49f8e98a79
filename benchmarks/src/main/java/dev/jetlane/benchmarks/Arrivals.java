// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;

/** Receives the reports of a waiter: that it has a task, and that it has settled it. */
final class Arrivals {

  private static final long LIMIT_SECONDS = 30;

  private final SynchronousQueue<Object> settled = new SynchronousQueue<>();
  private volatile long arrivedNanos;

  /** Called as soon as the task has arrived. */
  void arrived() {
    arrivedNanos = System.nanoTime();
  }

  void settled() throws InterruptedException {
    settled.put(this);
  }

  void failed(Exception reason) throws InterruptedException {
    settled.put(reason);
  }

  /** Waits until the next task is settled, and returns the time of its arrival. */
  long await() throws Exception {
    Object result = settled.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
    if (result instanceof Exception reason) {
      throw reason;
    }
    if (result == null) {
      throw new IllegalStateException("no task came within " + LIMIT_SECONDS + " s");
    }
    return arrivedNanos;
  }
}
