// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.time;

import java.time.Instant;
import java.util.concurrent.locks.Condition;

/**
 * A time under which one thread runs at a time. {@link Turns} decides which one, at the beginning
 * of each call and at each wait. The time moves when all threads wait.
 */
public final class SimulatedTime extends ManualTime {

  /** Decides which thread continues. Called without the lock, except for {@link #wake}. */
  public interface Turns {

    /**
     * Called when a thread is about to use a server. Fails if the thread does not belong to the
     * simulation.
     */
    void check();

    /** Called when the current thread begins a call. Other threads may continue before it. */
    void beforeCall();

    /**
     * Makes the current thread wait.
     *
     * @param event the event that it waits for, until {@link #wake}
     * @param idle whether it waits in a pull
     */
    void await(Object event, boolean idle) throws InterruptedException;

    /** Lets the threads that wait for this event continue when they get a turn. */
    void wake(Object event);
  }

  private final Turns turns;

  /** Whether the current critical section is a call of a client. */
  private boolean call;

  /** Creates a time that stands at its start until {@link #moveTo} moves it. */
  public SimulatedTime(Instant start, Turns turns) {
    super(start, false);
    this.turns = turns;
  }

  @Override
  public void enter() {
    if (!isHeld()) {
      turns.beforeCall();
    }
    super.enter();
    call = true;
  }

  @Override
  public void lock() {
    if (!isHeld()) {
      turns.check();
      call = false;
    }
    super.lock();
  }

  /** Returns the moment of the next event; {@link Timed#NEVER} if there is none. */
  public long nextEventNanos() {
    return nextNanos();
  }

  /** Moves to the moment of the next event and processes it. */
  public void moveTo(long nanos) {
    locked(() -> advanceToEvent(nanos));
  }

  @Override
  public void attend(TimedWorld world) {
    // The thread that moves the time checks all worlds.
  }

  @Override
  public void signal(Condition condition) {
    turns.wake(condition);
  }

  @Override
  void block(Condition condition, long untilNanos) throws InterruptedException {
    boolean idle = call;
    release();
    try {
      turns.await(condition, idle);
    } finally {
      takeAgain();
      call = idle; // Other threads had the lock.
    }
  }

  @Override
  void letPass(long byNanos) {
    throw new IllegalStateException(
        "slowExchanges is not available in a simulation, which has its own delays");
  }

  @Override
  public long awaitChange(long atMostNanos) {
    throw new IllegalStateException(
        "awaitWorkers is not available in a simulation, which waits for its workers itself");
  }
}
