// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import org.jspecify.annotations.Nullable;

/**
 * A thread of a test or of one of its processes, which takes turns with the others. Only the thread
 * that has the turn reads and writes the fields.
 */
final class Actor {

  /** The work of an actor. */
  interface Action {
    void run() throws Exception;
  }

  /** The scheduler of an actor, as the thread that runs the actor sees it. */
  interface Runner {

    /** Runs an actor to its end, on this thread; returns the one that this thread runs next. */
    @Nullable Actor runOn(Carrier carrier, Actor actor);
  }

  enum State {
    /** Continues at its next turn. */
    READY,
    /** Waits for an event. */
    WAITING,
    ENDED
  }

  final Runner runner;
  final String name;

  /** The process whose crash ends it; null if it belongs to the test. */
  final @Nullable SimulatedProcess process;

  final Decisions.Keys keys;
  final Action action;
  State state = State.READY;

  /** The event that it waits for; null while it does not wait. */
  @Nullable Object event;

  /** Whether the event belongs to a pull. */
  boolean idle;

  /** Whether an interrupt came while it waited. */
  boolean interrupted;

  /** The number of its turns in a row. */
  int turns;

  /** How often its end was requested. */
  int told;

  /** The thread that runs it; null before its first turn. */
  @Nullable Carrier carrier;

  Actor(
      Runner runner, String name, @Nullable SimulatedProcess process, long number, Action action) {
    this.runner = runner;
    this.name = name;
    this.process = process;
    keys = new Decisions.Keys(number);
    this.action = action;
  }

  /** Returns whether it can use a turn. */
  boolean isReady() {
    return state == State.READY && (process == null || process.goesOn());
  }

  @Override
  public String toString() {
    return name;
  }
}
