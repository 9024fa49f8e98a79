// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.delay;

import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.layout.PartitionAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The room for the delayed tasks of one batch, by priority. It is counted down with each sent task,
 * as if each took a place. Duplicates and refused tasks take none, so the server is asked again
 * before a task is refused.
 */
public final class DelayedCapacity {

  private final DelayedTasks delayed;
  private final List<PartitionAddress> addresses;
  private final long timeoutNanos;
  private final long[] asked;
  private final long[] left;
  private final @Nullable TaskQueueException[] errors;

  /**
   * Counts the tasks of each priority that has a delayed task in the batch. No task of the batch
   * has been sent. All priorities share one deadline.
   *
   * @param timeoutNanos the time of all requests before the first task, and of each later request
   */
  public DelayedCapacity(
      DelayedTasks delayed, List<PartitionAddress> addresses, List<Task> tasks, long timeoutNanos) {
    this.delayed = delayed;
    this.timeoutNanos = timeoutNanos;
    this.addresses = addresses;
    asked = new long[addresses.size()];
    left = new long[addresses.size()];
    errors = new TaskQueueException[addresses.size()];
    boolean[] needed = new boolean[addresses.size()];
    for (Task task : tasks) {
      needed[task.priority()] |= DelayedTasks.isDelayed(task);
    }
    long deadlineNanos = System.nanoTime() + timeoutNanos;
    for (int priority = 0; priority < needed.length; priority++) {
      if (needed[priority]) {
        ask(priority, deadlineNanos);
      }
    }
  }

  /**
   * Returns the room for this task and later ones of its priority; zero for a task without a delay.
   *
   * @param awaitSent waits for the outcomes of the earlier tasks
   * @throws TaskQueueException if the server does not answer
   */
  public long of(Task task, Runnable awaitSent) {
    if (!DelayedTasks.isDelayed(task)) {
      return 0;
    }
    int priority = task.priority();
    if (errors[priority] == null && left[priority] <= 0 && asked[priority] > 0) {
      awaitSent.run();
      ask(priority, System.nanoTime() + timeoutNanos);
    }
    TaskQueueException error = errors[priority];
    if (error != null) {
      throw error;
    }
    return left[priority];
  }

  /** Counts a sent task. Delayed tasks of any priority count. */
  public void took(Task task) {
    for (int i = 0; i < left.length; i++) {
      if (DelayedTasks.isDelayed(task) || i == task.priority()) {
        left[i]--;
      }
    }
  }

  private void ask(int priority, long deadlineNanos) {
    try {
      asked[priority] = delayed.room(addresses.get(priority), deadlineNanos);
      left[priority] = asked[priority];
    } catch (TaskQueueException e) {
      errors[priority] = e;
    }
  }
}
