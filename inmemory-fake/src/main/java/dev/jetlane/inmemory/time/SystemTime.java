package dev.jetlane.inmemory.time;

import java.time.Instant;
import java.util.concurrent.locks.Condition;

/**
 * The machine's time. It has no thread: a thread that waits or calls brings about the events that
 * are due.
 */
public final class SystemTime extends Time {

  private final long startNanos = System.nanoTime();

  /** Starts now. */
  public SystemTime() {
    super(Instant.now());
  }

  @Override
  public long nanos() {
    return System.nanoTime() - startNanos;
  }

  @Override
  public void register(TimedWorld world) {
    // Nothing to bring about on behalf of others.
  }

  @Override
  public boolean movesWorlds() {
    return false;
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
