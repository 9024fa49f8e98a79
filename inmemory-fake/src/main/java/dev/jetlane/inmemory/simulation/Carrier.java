package dev.jetlane.inmemory.simulation;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A thread that runs actors, one after the other. It serves many histories: a new thread for each
 * actor would cost more than the actor.
 */
class Carrier extends Thread {

  private final Crew crew;

  /** What it runs; null while it is in the crew. */
  volatile @Nullable Actor actor;

  /** Whether its actor may go on. Set by the thread that gives the turn away. */
  private volatile boolean turn;

  /**
   * An interrupt came while the actor had no turn. Set before the flag of the thread is cleared.
   */
  private volatile boolean interruptKept;

  private volatile boolean dismissed;

  Carrier(Crew crew, String name) {
    super(name);
    this.crew = crew;
    setDaemon(true);
  }

  /** The actor that the current thread runs; null if the thread is none of a simulation. */
  static @Nullable Actor currentActor() {
    return Thread.currentThread() instanceof Carrier carrier ? carrier.actor : null;
  }

  /** Lets its actor go on. */
  final void giveTurn() {
    turn = true;
    LockSupport.unpark(this);
  }

  /** Waits until the actor may go on. Called on this thread. */
  final void awaitTurn() {
    while (!turn) {
      if (isInterrupted()) {
        interruptKept = true;
        boolean unused = Thread.interrupted();
      }
      LockSupport.park(this);
    }
    turn = false;
  }

  /** Whether an interrupt came. In this order: the one is set before the other is cleared. */
  final boolean hasInterrupt() {
    return isInterrupted() || interruptKept;
  }

  /** Whether an interrupt came; takes it away. Called on this thread. */
  final boolean takeInterrupt() {
    boolean flag = Thread.interrupted();
    boolean came = flag || interruptKept;
    interruptKept = false;
    return came;
  }

  /** Shows the actor what came while it had no turn. Called on this thread. */
  final void restoreInterrupt() {
    if (interruptKept) {
      interruptKept = false;
      interrupt();
    }
  }

  final void dismiss() {
    dismissed = true;
    LockSupport.unpark(this);
  }

  /** Nothing is left of the actor; this is free for another one. */
  final void free() {
    actor = null;
    crew.add(this);
  }

  @Override
  public void run() {
    while (!dismissed) {
      Actor next = actor;
      if (next == null) {
        LockSupport.park(this);
      }
      while (next != null) {
        boolean unused = takeInterrupt();
        next = next.scheduler.runOn(this, next);
      }
    }
  }
}
