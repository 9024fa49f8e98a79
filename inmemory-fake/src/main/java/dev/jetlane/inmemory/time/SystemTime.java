// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.time;

import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;

/**
 * The machine's time, for one server. It has no thread of its own: threads that wait or call
 * process due events, and a timer of the JDK processes the events that no thread waits for.
 */
public final class SystemTime extends Time {

  private final long startNanos = System.nanoTime();

  /** When the timer next processes events. */
  private long alarmNanos = Timed.NEVER;

  /** Creates a time that starts now. */
  public SystemTime() {
    super(Instant.now());
  }

  @Override
  public long nanos() {
    return System.nanoTime() - startNanos;
  }

  /** Sleeps. An interrupt ends the sleep, and the interrupt flag stays set. */
  @Override
  void letPass(long byNanos) {
    try {
      TimeUnit.NANOSECONDS.sleep(byNanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void register(TimedWorld world) {
    // Nothing to do: threads and the timer process the events.
  }

  @Override
  public void attend(TimedWorld world) {
    long next = world.nextEventNanos();
    if (next < alarmNanos) {
      alarmNanos = next;
      CompletableFuture.delayedExecutor(next - nanos(), TimeUnit.NANOSECONDS)
          .execute(() -> look(world, next));
    }
  }

  private void look(TimedWorld world, long alarm) {
    lock();
    try {
      if (alarm != alarmNanos) {
        return; // An earlier alarm replaced this one.
      }
      alarmNanos = Timed.NEVER;
      world.catchUp(nanos());
      if (world.isUnattended()) {
        attend(world);
      }
    } finally {
      unlock();
    }
  }

  @Override
  @SuppressWarnings("WaitNotInLoop") // The caller checks its condition in a loop.
  void block(Condition condition, long untilNanos) throws InterruptedException {
    long remainingNanos = untilNanos - nanos();
    if (remainingNanos > 0) {
      // The remaining time does not matter, because the caller reads the time again.
      long ignored = condition.awaitNanos(remainingNanos);
    }
  }
}
