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
}
