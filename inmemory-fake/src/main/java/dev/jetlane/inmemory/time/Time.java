// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.time;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The time of servers, and the one lock of all objects that use it. The lock belongs to the time
 * because moving the time must be one step for all of them: otherwise a thread could see one server
 * half an hour ahead of another.
 *
 * <p>Every call of a server begins with {@link #enter} or {@link #lock} and ends with {@link
 * #unlock}, and every thread that waits for an event waits in {@link #await}. A subclass that
 * chooses in them which thread continues therefore controls the order of all events.
 *
 * <p>User code never runs under the lock: callbacks run {@link #afterUnlock}.
 *
 * <p>Nanoseconds count from the start of this time. They can be compared directly, because they do
 * not overflow.
 */
public abstract class Time {

  private final ReentrantLock lock = new ReentrantLock();

  /** Signalled after each possible change while a test waits for one. */
  private final Condition change = lock.newCondition();

  private final Instant start;
  private final List<Runnable> afterUnlock = new ArrayList<>();
  private int watchers;
  private long calls;

  Time(Instant start) {
    this.start = start;
  }

  /** Returns the current time. Monotonic; may be read without the lock. */
  public abstract long nanos();

  /** Returns the wall-clock time of moment zero. */
  public final Instant start() {
    return start;
  }

  /** Returns the wall-clock time of a moment. */
  public final Instant instant(long nanos) {
    return start.plusNanos(nanos);
  }

  /** Adds a world whose events this time processes. */
  public abstract void register(TimedWorld world);

  /**
   * Ensures that the next event of a world happens even if no thread waits for it, and the events
   * after it while the world {@link TimedWorld#isUnattended}. The caller holds the lock.
   */
  public abstract void attend(TimedWorld world);

  /** Begins a call of a client. Ends with {@link #unlock}. */
  public void enter() {
    lock();
    called();
  }

  /** Records a call, after which automatic time stands still for a while. */
  final void called() {
    calls++;
  }

  /** Begins any other operation, such as an inspection. Ends with {@link #unlock}. */
  public void lock() {
    lock.lock();
  }

  /** Runs an operation between {@link #lock} and {@link #unlock}. */
  public final void locked(Runnable operation) {
    lock();
    try {
      operation.run();
    } finally {
      unlock();
    }
  }

  /** Ends the critical section, then runs the actions of {@link #afterUnlock}. */
  public void unlock() {
    changed();
    if (afterUnlock.isEmpty() || lock.getHoldCount() > 1) {
      lock.unlock();
      return;
    }
    List<Runnable> actions = takeActions();
    lock.unlock();
    actions.forEach(Runnable::run);
  }

  /**
   * Waits on behalf of the calling thread, as in an exchange with a server. Does nothing if the
   * caller holds the lock, because the time is already moving then.
   */
  public final void pass(long nanos) {
    if (!isHeld()) {
      letPass(nanos);
    }
  }

  /** Waits, or moves the time. The caller does not hold the lock. */
  abstract void letPass(long nanos);

  /**
   * Runs an action after the lock is released, on the thread that releases it. The caller holds the
   * lock.
   *
   * @param action may block and may call any server
   */
  public void afterUnlock(Runnable action) {
    afterUnlock.add(action);
  }

  /** Creates a condition for {@link #await} and {@link #signal}. */
  public final Condition newCondition() {
    return lock.newCondition();
  }

  /** Wakes a thread that waits for the condition. The caller holds the lock. */
  public void signal(Condition condition) {
    condition.signal();
  }

  /**
   * Releases the lock until the condition is signalled or until a moment of this time; may return
   * earlier. The caller has locked exactly once, and checks its condition in a loop.
   *
   * @param untilNanos the next event
   */
  public void await(Condition condition, long untilNanos) throws InterruptedException {
    if (afterUnlock.isEmpty()) {
      changed();
      block(condition, untilNanos);
      return;
    }
    List<Runnable> actions = takeActions();
    lock.unlock();
    try {
      actions.forEach(Runnable::run);
    } finally {
      lock.lock();
    }
  }

  /** Like {@link #await}, when no callbacks are pending. */
  abstract void block(Condition condition, long untilNanos) throws InterruptedException;

  /**
   * Releases the lock until another thread has released it.
   *
   * @param atMostNanos in real time
   * @return the remaining time
   */
  @SuppressWarnings("WaitNotInLoop") // The caller checks its condition in a loop.
  public long awaitChange(long atMostNanos) throws InterruptedException {
    watchers++;
    try {
      return change.awaitNanos(atMostNanos);
    } finally {
      watchers--;
    }
  }

  /** Whether a thread waits for the lock, because it has begun a call. For tests. */
  public boolean isQueued(Thread thread) {
    return lock.hasQueuedThread(thread);
  }

  /** Whether the caller holds the lock. */
  final boolean isHeld() {
    return lock.isHeldByCurrentThread();
  }

  /** Releases the lock for a wait. No action of {@link #afterUnlock} is pending. */
  final void release() {
    lock.unlock();
  }

  /** Takes the lock again after a wait. */
  final void takeAgain() {
    lock.lock();
  }

  /** Returns the number of calls of clients that have begun. */
  final long calls() {
    return calls;
  }

  private void changed() {
    if (watchers > 0) {
      change.signalAll();
    }
  }

  private List<Runnable> takeActions() {
    List<Runnable> actions = List.copyOf(afterUnlock);
    afterUnlock.clear();
    return actions;
  }
}
