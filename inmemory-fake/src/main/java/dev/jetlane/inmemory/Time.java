package dev.jetlane.inmemory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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

  /** What users asked to be told, to be run once the lock is free. */
  private final List<Runnable> later = new ArrayList<>();

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

  /** Runs this once the lock is free, on the thread that frees it. The caller holds the lock. */
  void later(Runnable action) {
    later.add(action);
  }

  /** Frees the lock, and then runs what was to be run {@link #later}. */
  void unlock() {
    if (later.isEmpty() || lock.getHoldCount() > 1) {
      lock.unlock();
      return;
    }
    List<Runnable> actions = takeLater();
    lock.unlock();
    actions.forEach(Runnable::run);
  }

  /** For whoever is about to wait with the lock: returns whether anything was run. */
  boolean runLater() {
    if (later.isEmpty()) {
      return false;
    }
    List<Runnable> actions = takeLater();
    lock.unlock();
    try {
      actions.forEach(Runnable::run);
    } finally {
      lock.lock();
    }
    return true;
  }

  private List<Runnable> takeLater() {
    List<Runnable> actions = List.copyOf(later);
    later.clear();
    return actions;
  }

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
