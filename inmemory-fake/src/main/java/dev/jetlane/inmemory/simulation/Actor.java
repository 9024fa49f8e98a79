package dev.jetlane.inmemory.simulation;

import org.jspecify.annotations.Nullable;

/**
 * Something that takes turns: a thread of a test, or of one of its processes. Everything here is
 * read and written by the one thread that has the turn.
 */
final class Actor {

  /** What it does. */
  interface Action {
    void run() throws Exception;
  }

  enum State {
    /** It goes on when its turn comes. */
    READY,
    /** It waits for an event. */
    WAITING,
    ENDED
  }

  final Scheduler scheduler;
  final String name;

  /** What it dies with; null if it belongs to the test. */
  final @Nullable SimulatedProcess process;

  private final long number;
  private final int[] drawn = new int[Decisions.MOST_KINDS];
  final Action action;
  State state = State.READY;

  /** What it waits for, and whether that is a pull. */
  @Nullable Object event;

  boolean idle;

  /** An interrupt came while it waited. */
  boolean interrupted;

  /** How many turns in a row it took. */
  int turns;

  /** How often it was told that it is over. */
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

  /** Whether a turn would bring it on. */
  boolean isReady() {
    return state == State.READY && (process == null || process.goesOn());
  }

  /** The name of its next decision of a kind. */
  long nextKey(Decisions.Kind kind) {
    return ((number << 3 | kind.code) << 20) + drawn[kind.code]++;
  }

  /** The kind in the name of a decision. */
  static long kindOf(long key) {
    return key >> 20 & Decisions.MOST_KINDS - 1;
  }

  @Override
  public String toString() {
    return name;
  }
}
