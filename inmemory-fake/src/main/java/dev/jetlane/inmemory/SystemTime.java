package dev.jetlane.inmemory;

import java.time.Instant;
import java.util.concurrent.locks.Condition;

/**
 * The machine's time. It has no thread: whoever waits or calls brings the events about that are
 * due.
 */
final class SystemTime extends Time {

  private final Instant start = Instant.now();
  private final long startNanos = System.nanoTime();

  @Override
  long nanos() {
    return System.nanoTime() - startNanos;
  }

  @Override
  Instant instant(long nanos) {
    return start.plusNanos(nanos);
  }

  @Override
  void register(InMemoryServer server) {
    // Nothing to bring about on behalf of others.
  }

  @Override
  @SuppressWarnings("WaitNotInLoop") // The caller loops: it looks at what it waits for.
  void await(Condition condition, long untilNanos) throws InterruptedException {
    long remainingNanos = untilNanos - nanos();
    if (remainingNanos > 0) {
      // How much is left does not matter: the caller looks at the time again.
      long ignored = condition.awaitNanos(remainingNanos);
    }
  }
}
