package dev.jetlane.nats.pull;

import dev.jetlane.QueueConfig;

/**
 * Whose turn it is: the rule of {@link QueueConfig#withPriorities} for the lower priorities, over
 * the tasks that one puller hands out. Not thread-safe.
 */
final class PriorityTurns {

  private final int lower;

  /** Zero if the lower ones have no share. */
  private final int every;

  private long taken;

  PriorityTurns(QueueConfig config) {
    lower = config.priorities() - 1;
    every = config.lowEvery().orElse(0);
  }

  /** Whether the lower priorities have turns at all. */
  boolean areTaken() {
    return every != 0;
  }

  /** The priority that the next task should have; -1 if it is the highest one's turn. */
  int next() {
    return after(0);
  }

  /** As {@link #next}, for the task that comes after so many more. */
  int after(int tasks) {
    long number = taken + tasks + 1;
    if (every == 0 || number % every != 0) {
      return -1;
    }
    return (int) ((number / every - 1) % lower);
  }

  /** A task was handed out. */
  void took() {
    taken++;
  }
}
