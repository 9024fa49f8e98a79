package dev.jetlane.nats.delay;

import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.layout.PartitionAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * For how many delayed tasks of one batch there is room, by priority. Counted down as the batch
 * goes out, as if each task took a place; since duplicates and refused ones take none, the server
 * is asked again before a task is refused.
 */
public final class DelayedCapacity {

  private final DelayedTasks delayed;
  private final List<PartitionAddress> addresses;
  private final long timeoutNanos;
  private final long[] asked;
  private final long[] left;
  private final @Nullable TaskQueueException[] errors;

  /**
   * Asks for each priority that has a delayed task; nothing of the batch has been sent.
   *
   * @param timeoutNanos how long each question may take
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
    for (int priority = 0; priority < needed.length; priority++) {
      if (needed[priority]) {
        ask(priority);
      }
    }
  }

  /**
   * For how many tasks there is room, this one included; zero for a task without a delay.
   *
   * @param awaitSent waits until it is known what became of the tasks before this one
   * @throws TaskQueueException if that cannot be found out
   */
  public long of(Task task, Runnable awaitSent) {
    if (!DelayedTasks.isDelayed(task)) {
      return 0;
    }
    int priority = task.priority();
    if (errors[priority] == null && left[priority] <= 0 && asked[priority] > 0) {
      awaitSent.run();
      ask(priority);
    }
    TaskQueueException error = errors[priority];
    if (error != null) {
      throw error;
    }
    return left[priority];
  }

  /** The task is on its way. Delayed tasks of any priority count. */
  public void took(Task task) {
    for (int i = 0; i < left.length; i++) {
      if (DelayedTasks.isDelayed(task) || i == task.priority()) {
        left[i]--;
      }
    }
  }

  private void ask(int priority) {
    try {
      asked[priority] = delayed.room(addresses.get(priority), System.nanoTime() + timeoutNanos);
      left[priority] = asked[priority];
    } catch (TaskQueueException e) {
      errors[priority] = e;
    }
  }
}
