package dev.jetlane.inmemory;

import java.time.Instant;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The time that servers live by, and the one lock of everything that lives by it. The lock belongs
 * to the time because moving the time must be one step for everybody: a server that is half an hour
 * ahead of the next one would be seen.
 *
 * <p>Nanoseconds count from the start of this time, so they can be compared without fear of an
 * overflow.
 */
abstract class Time {

  /** Later than anything. */
  static final long NEVER = Long.MAX_VALUE;

  final ReentrantLock lock = new ReentrantLock();

  /** Signalled when a delivery ends or a pull begins to wait, if somebody watches. */
  private final Condition change = lock.newCondition();

  private int watchers;

  /** How many calls there were, of anything on any server. */
  long calls;

  /** Monotonic. May be read without the lock. */
  abstract long nanos();

  /** The wall-clock time of a moment of {@link #nanos}. */
  abstract Instant instant(long nanos);

  /** Tells this time of a server whose events it has to bring about. */
  abstract void register(InMemoryServer server);

  /**
   * Releases the lock until the condition is signalled or, if nobody else brings the events about,
   * the time has come.
   */
  abstract void await(Condition condition, long untilNanos) throws InterruptedException;

  /** Something happened that {@link #awaitChange} waits for. The caller holds the lock. */
  void changed() {
    if (watchers > 0) {
      change.signalAll();
    }
  }

  /**
   * Releases the lock until something happened, for at most so long; returns what is left of it, in
   * real time.
   */
  @SuppressWarnings("WaitNotInLoop") // The caller loops: it looks at what it waits for.
  long awaitChange(long atMostNanos) throws InterruptedException {
    watchers++;
    try {
      return change.awaitNanos(atMostNanos);
    } finally {
      watchers--;
    }
  }
}
