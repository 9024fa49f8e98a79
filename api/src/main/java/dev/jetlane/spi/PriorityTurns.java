package dev.jetlane.spi;

import dev.jetlane.QueueConfig;

/**
 * Whose turn it is: the rule of {@link QueueConfig#withPriorities(int, int)} for the lower
 * priorities, over the tasks that one puller hands out. Not thread-safe.
 */
public final class PriorityTurns {

  private final int lower;
  private final int every;
  private long taken;

  public PriorityTurns(QueueConfig config) {
    lower = config.priorities() - 1;
    every = config.lowEvery();
  }

  /** Whether the lower priorities have turns at all. */
  public boolean areTaken() {
    return every != 0;
  }

  /** The priority that the next task should have; -1 if it is the highest one's turn. */
  public int next() {
    return after(0);
  }

  /** As {@link #next}, for the task that comes after so many more. */
  public int after(int tasks) {
    long number = taken + tasks + 1;
    if (every == 0 || number % every != 0) {
      return -1;
    }
    return (int) ((number / every - 1) % lower);
  }

  /** A task was handed out. */
  public void took() {
    taken++;
  }
}
