// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import java.util.concurrent.atomic.AtomicReference;

/**
 * The state of work that takes one step after the other, on any thread. A step ends with a wait; a
 * ring starts the next one. A ring during a step starts another step after it, so that no ring is
 * lost. It begins in a step.
 *
 * <p>This class is thread-safe and never blocks.
 */
final class StepState {

  private enum State {
    STEPPING,
    /** A ring came during the step. */
    RUNG,
    WAITING,
    ENDED
  }

  private final AtomicReference<State> state = new AtomicReference<>(State.STEPPING);

  /**
   * Rings.
   *
   * @return whether the work was waiting: the caller then runs the next step
   */
  boolean ring() {
    State before = state.getAndUpdate(StepState::rung);
    return before == State.WAITING;
  }

  private static State rung(State state) {
    return switch (state) {
      case WAITING -> State.STEPPING;
      case STEPPING -> State.RUNG;
      case RUNG, ENDED -> state;
    };
  }

  /**
   * Ends the running step with a wait.
   *
   * @return false if a ring came during the step: the caller then runs another one
   */
  boolean beginWait() {
    if (state.compareAndSet(State.STEPPING, State.WAITING)) {
      return true;
    }
    state.set(State.STEPPING);
    return false;
  }

  boolean isWaiting() {
    return state.get() == State.WAITING;
  }

  boolean hasEnded() {
    return state.get() == State.ENDED;
  }

  /** Ends the running step, and the work. */
  void end() {
    state.set(State.ENDED);
  }
}
