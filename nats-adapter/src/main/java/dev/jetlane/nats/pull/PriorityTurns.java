// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.QueueConfig;

/**
 * The turns of the lower priorities: applies the rule of {@link QueueConfig#withPriorities} to the
 * tasks that one puller hands out. Not thread-safe.
 */
final class PriorityTurns {

  private final int lower;

  /** Every how many tasks a lower priority has its turn; zero for never. */
  private final int every;

  private long taken;

  PriorityTurns(QueueConfig config) {
    lower = config.priorities() - 1;
    every = config.lowEvery().orElse(0);
  }

  /** Returns whether the lower priorities have turns. */
  boolean areTaken() {
    return every != 0;
  }

  /** Returns the priority whose turn the next task is; -1 for the highest available one. */
  int next() {
    return after(0);
  }

  /** As {@link #next}, for the task after {@code tasks} more. */
  int after(int tasks) {
    long number = taken + tasks + 1;
    if (every == 0 || number % every != 0) {
      return -1;
    }
    return (int) ((number / every - 1) % lower);
  }

  /** Counts a task that was handed out. */
  void took() {
    taken++;
  }
}
