// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import dev.jetlane.QueueConfig;

/**
 * Decides which tasks of one puller come from a lower priority, by the rule of {@link
 * QueueConfig#withPriorities}. Guarded by the lock of the server's time.
 */
public final class PriorityTurns {

  static final int HIGHEST = -1;

  private final int lowerPriorities;

  /** Every n-th task comes from a lower priority; zero if none does. */
  private final int every;

  private long taken;

  /** Creates the state before the first task. */
  public PriorityTurns(QueueConfig config) {
    lowerPriorities = config.priorities() - 1;
    every = config.lowEvery().orElse(0);
  }

  /**
   * Returns the priority of the next task; {@link #HIGHEST} unless it is the turn of a lower
   * priority.
   */
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
