// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import io.nats.client.Message;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Handlers that take the same time for each task, and ack it. */
final class LaneHandlers implements AutoCloseable {

  private final ExecutorService threads;
  private final long workNanos;
  private final CountDownLatch left;
  private final AtomicInteger free;

  LaneHandlers(int handlers, Duration work, CountDownLatch left) {
    threads = Executors.newFixedThreadPool(handlers);
    workNanos = work.toNanos();
    this.left = left;
    free = new AtomicInteger(handlers);
  }

  /** Starts a task, or keeps it for later; returns whether a handler was free. */
  boolean handle(Message message) {
    boolean room = free.getAndDecrement() > 0;
    threads.execute(
        () -> {
          try {
            TimeUnit.NANOSECONDS.sleep(workNanos);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          message.ack();
          free.incrementAndGet();
          left.countDown();
        });
    return room;
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
