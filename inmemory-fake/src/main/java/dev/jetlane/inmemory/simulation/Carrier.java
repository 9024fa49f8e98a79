// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A thread that runs actors, one after the other. It serves many histories: a new thread for each
 * actor would cost more than the actor.
 */
class Carrier extends Thread {

  /** The actor that it runs; null while it is free. */
  volatile @Nullable Actor actor;

  /** Whether its actor may continue. Set by the thread that passes the turn. */
  private volatile boolean turn;

  /**
   * Whether an interrupt came while the actor had no turn. Set before the interrupt flag of the
   * thread is cleared.
   */
  private volatile boolean interruptKept;

  private volatile boolean dismissed;

  Carrier(String name) {
    super(name);
    setDaemon(true);
  }

  /** Returns the actor that the current thread runs; null on a thread outside the simulation. */
  static @Nullable Actor currentActor() {
    return Thread.currentThread() instanceof Carrier carrier ? carrier.actor : null;
  }

  /** Lets its actor continue. */
  final void giveTurn() {
    turn = true;
    LockSupport.unpark(this);
  }

  /** Waits until the actor may continue. Called on this thread. */
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

  /**
   * Returns whether an interrupt came. The order of the reads matters: the field is set before the
   * interrupt flag is cleared.
   */
  final boolean hasInterrupt() {
    return isInterrupted() || interruptKept;
  }

  /** Returns whether an interrupt came, and clears it. Called on this thread. */
  final boolean takeInterrupt() {
    boolean flag = Thread.interrupted();
    boolean came = flag || interruptKept;
    interruptKept = false;
    return came;
  }

  /** Restores an interrupt that came while the actor had no turn. Called on this thread. */
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

  @Override
  public void run() {
    while (!dismissed) {
      Actor next = actor;
      if (next == null) {
        LockSupport.park(this);
      }
      while (next != null) {
        boolean unused = takeInterrupt();
        next = next.runner.runOn(this, next);
      }
    }
  }
}
