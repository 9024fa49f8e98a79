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

  private final DelayedTasks later;
  private final PartitionAddress[] lanes;
  private final long[] asked;
  private final long[] left;
  private final @Nullable TaskQueueException[] errors;

  /** Asks for each priority that has a delayed task; nothing of the batch has been sent. */
  public DelayedCapacity(DelayedTasks later, PartitionAddress[] lanes, List<Task> tasks) {
    this.later = later;
    this.lanes = lanes;
    asked = new long[lanes.length];
    left = new long[lanes.length];
    errors = new TaskQueueException[lanes.length];
    for (PartitionAddress lane : lanes) {
      if (tasks.stream().anyMatch(task -> isDelayed(task) && task.priority() == lane.priority)) {
        ask(lane.priority);
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
    if (!isDelayed(task)) {
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
      if (isDelayed(task) || i == task.priority()) {
        left[i]--;
      }
    }
  }

  private void ask(int priority) {
    try {
      asked[priority] = later.room(lanes[priority]);
      left[priority] = asked[priority];
    } catch (TaskQueueException e) {
      errors[priority] = e;
    }
  }

  private static boolean isDelayed(Task task) {
    return !task.delay().isZero();
  }
}
