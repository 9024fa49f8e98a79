package dev.jetlane.inmemory.model;

import dev.jetlane.QueueConfig;

/**
 * Which tasks of one puller come from a lower priority: the rule of {@link
 * QueueConfig#withPriorities}. Guarded by the lock of the server's time.
 */
public final class PriorityTurns {

  static final int HIGHEST = -1;

  private final int lowerPriorities;

  /** Zero if the lower ones have no share. */
  private final int every;

  private long taken;

  /** Before the first task. */
  public PriorityTurns(QueueConfig config) {
    lowerPriorities = config.priorities() - 1;
    every = config.lowEvery().orElse(0);
  }

  /** The priority of the next task; {@link #HIGHEST} unless a lower priority has its turn. */
  int next() {
    long number = taken + 1;
    if (every == 0 || number % every != 0) {
      return HIGHEST;
    }
    return (int) ((number / every - 1) % lowerPriorities);
  }

  void took() {
    taken++;
  }
}
