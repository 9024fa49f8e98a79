package dev.jetlane.inmemory.time;

import java.time.Instant;
import java.util.concurrent.locks.Condition;

/**
 * Time in which one thread runs at a time: {@link Turns} decides which one, at the beginning of
 * each call and at each wait. It moves when all threads wait.
 */
public final class SimulatedTime extends ManualTime {

  /** Decides which thread continues. Called without the lock, except for {@link #wake}. */
  public interface Turns {

    /** The current thread is about to use a server. Fails if it is none of the simulation's. */
    void check();

    /** The current thread begins a call: others may go on before it. */
    void beforeCall();

    /**
     * The current thread waits.
     *
     * @param event what it waits for, until {@link #wake}
     * @param idle whether it waits in a pull
     */
    void await(Object event, boolean idle) throws InterruptedException;

    /** Threads that wait for this event may continue when their turn comes. */
    void wake(Object event);
  }

  private final Turns turns;

  /** Whether the current critical section is a call of a client. */
  private boolean call;

  /** Time that stands at its start, and is moved by {@link #advanceTo}. */
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

  /** The moment of the next event; {@link Timed#NEVER} if there is none. */
  public long nextEventNanos() {
    return nextNanos();
  }

  /** Moves to the moment of the next event, which happens. */
  public void moveTo(long nanos) {
    lock();
    try {
      advanceToEvent(nanos);
    } finally {
      unlock();
    }
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
