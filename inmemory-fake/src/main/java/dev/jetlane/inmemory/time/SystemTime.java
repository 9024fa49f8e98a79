package dev.jetlane.inmemory.time;

import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;

/**
 * The machine's time, for one server. It has no thread: a thread that waits or calls brings about
 * the events that are due, and a timer of the JDK those that no thread waits for.
 */
public final class SystemTime extends Time {

  private final long startNanos = System.nanoTime();

  /** When the next look is due that no thread waits for. */
  private long alarmNanos = Timed.NEVER;

  /** Starts now. */
  public SystemTime() {
    super(Instant.now());
  }

  @Override
  public long nanos() {
    return System.nanoTime() - startNanos;
  }

  /** An interrupt ends it, and stays set. */
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
    // Nothing to bring about on behalf of others.
  }

  @Override
  public void attend(TimedWorld world) {
    long next = world.nextEventNanos();
    if (next < alarmNanos) {
      alarmNanos = next;
      CompletableFuture.delayedExecutor(next - nanos(), TimeUnit.NANOSECONDS)
          .execute(() -> look(world));
    }
  }

  private void look(TimedWorld world) {
    lock();
    try {
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
  @SuppressWarnings("WaitNotInLoop") // The caller loops: it looks at what it waits for.
  void block(Condition condition, long untilNanos) throws InterruptedException {
    long remainingNanos = untilNanos - nanos();
    if (remainingNanos > 0) {
      // How much is left does not matter: the caller looks at the time again.
      long ignored = condition.awaitNanos(remainingNanos);
    }
  }
}
