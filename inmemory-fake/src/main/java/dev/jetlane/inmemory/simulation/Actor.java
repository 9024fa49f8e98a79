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

  enum State {
    /** Continues at its next turn. */
    READY,
    /** Waits for an event. */
    WAITING,
    ENDED
  }

  final Scheduler scheduler;
  final String name;

  /** The process whose crash ends it; null if it belongs to the test. */
  final @Nullable SimulatedProcess process;

  private final long number;
  private final int[] drawn = new int[Decisions.MOST_KINDS];
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
      Scheduler scheduler,
      String name,
      @Nullable SimulatedProcess process,
      long number,
      Action action) {
    this.scheduler = scheduler;
    this.name = name;
    this.process = process;
    this.number = number;
    this.action = action;
  }

  /** Returns whether it can use a turn. */
  boolean isReady() {
    return state == State.READY && (process == null || process.goesOn());
  }

  /** Returns the name of its next decision of a kind. */
  long nextKey(Decisions.Kind kind) {
    return ((number << 3 | kind.code) << 20) + drawn[kind.code]++;
  }

  /** Returns the kind in the name of a decision. */
  static long kindOf(long key) {
    return key >> 20 & Decisions.MOST_KINDS - 1;
  }

  @Override
  public String toString() {
    return name;
  }
}
