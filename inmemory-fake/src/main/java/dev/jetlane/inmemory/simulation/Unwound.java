package dev.jetlane.inmemory.simulation;

/** Ends the threads of a history that is over. No user has a reason to catch it. */
final class Unwound extends Error {

  private static final long serialVersionUID = 1L;

  Unwound() {
    super("the simulated history is over", null, false, false);
  }
}
