package dev.jetlane.inmemory.time;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The time of servers, and the one lock of all objects that use it. The lock belongs to the time
 * because moving the time is one step for all of them: a server half an hour ahead of the next one
 * would be visible.
 *
 * <p>Every call of a server begins with {@link #enter} or {@link #lock} and ends with {@link
 * #unlock}, and every thread that waits for an event waits in {@link #await}. A subclass that
 * decides in them which thread goes on decides about everything that happens.
 *
 * <p>Users' code never runs under the lock: what a user asked to be called is run {@link
 * #afterUnlock}.
 *
 * <p>Nanoseconds count from the start of this time. They can be compared without fear of an
 * overflow.
 */
public abstract class Time {

  private final ReentrantLock lock = new ReentrantLock();

  /** Signalled after each possible change, if a test waits for one. */
  private final Condition change = lock.newCondition();

  private final Instant start;
  private final List<Runnable> afterUnlock = new ArrayList<>();
  private int watchers;
  private long calls;

  Time(Instant start) {
    this.start = start;
  }

  /** Now. Monotonic; may be read without the lock. */
  public abstract long nanos();

  /** The wall-clock time of moment zero. */
  public final Instant start() {
    return start;
  }

  /** The wall-clock time of a moment. */
  public final Instant instant(long nanos) {
    return start.plusNanos(nanos);
  }

  /** Adds a world whose events this time has to bring about. */
  public abstract void register(TimedWorld world);

  /**
   * A wait for the next event of a world without a thread: the event has to happen anyway. The
   * caller holds the lock. Lasts as long as the world {@link TimedWorld#isUnattended}, and for that
   * event at least.
   */
  public abstract void attend(TimedWorld world);

  /** Begins a call of a client. Ends with {@link #unlock}. */
  public void enter() {
    lock();
    called();
  }

  /** Automatic time stands still for a while. */
  final void called() {
    calls++;
  }

  /** Begins any other operation, such as an inspection. Ends with {@link #unlock}. */
  public void lock() {
    lock.lock();
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
   * Lets time pass for the calling thread, as an exchange with a server does. Nothing passes where
   * the caller holds the lock, because this time is moving then.
   */
  public final void pass(long nanos) {
    if (!isHeld()) {
      letPass(nanos);
    }
  }

  /** Lets time pass. The caller does not hold the lock. */
  abstract void letPass(long nanos);

  /**
   * Runs this once the lock is free, on the thread that frees it. The caller holds the lock.
   *
   * @param action may block and may call any server
   */
  public void afterUnlock(Runnable action) {
    afterUnlock.add(action);
  }

  /** For {@link #await} and {@link #signal}. */
  public final Condition newCondition() {
    return lock.newCondition();
  }

  /** Wakes a thread that waits for the condition. The caller holds the lock. */
  public void signal(Condition condition) {
    condition.signal();
  }

  /**
   * Releases the lock until the condition is signalled or until a moment of this time; may return
   * earlier. The caller holds the lock once, and looks at what it waits for in a loop.
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

  /** As {@link #await}, if no callbacks are pending. */
  abstract void block(Condition condition, long untilNanos) throws InterruptedException;

  /**
   * Releases the lock until another thread has released it.
   *
   * @param atMostNanos in real time
   * @return the remaining time
   */
  @SuppressWarnings("WaitNotInLoop") // The caller loops: it looks at what it waits for.
  public long awaitChange(long atMostNanos) throws InterruptedException {
    watchers++;
    try {
      return change.awaitNanos(atMostNanos);
    } finally {
      watchers--;
    }
  }

  /** Whether a thread has begun a call and waits for the lock: tests wait for that. */
  public boolean isQueued(Thread thread) {
    return lock.hasQueuedThread(thread);
  }

  /** Whether the caller holds the lock. */
  final boolean isHeld() {
    return lock.isHeldByCurrentThread();
  }

  /** Gives the lock away for a wait; nothing is left to run {@link #afterUnlock}. */
  final void release() {
    lock.unlock();
  }

  /** Takes the lock again after a wait. */
  final void takeAgain() {
    lock.lock();
  }

  /** How many calls of clients have begun. */
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
