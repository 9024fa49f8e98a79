package dev.jetlane.driver;

import dev.jetlane.Page;
import dev.jetlane.PartitionSummary;
import dev.jetlane.Removal;
import dev.jetlane.TaskInfo;
import dev.jetlane.TaskQuery;
import java.time.Duration;
import java.util.Optional;

/** One partition, as an operator uses it. */
public interface PartitionAdminDriver {

  /** As {@link dev.jetlane.PartitionAdmin#summary}. */
  PartitionSummary summary(long deadlineNanos);

  /** As {@link dev.jetlane.PartitionAdmin#tasks}. */
  Page<TaskInfo> tasks(TaskQuery query, long deadlineNanos);

  /**
   * As {@link dev.jetlane.PartitionAdmin#find}.
   *
   * @param stepNanos the time for each task that is looked at
   */
  Optional<TaskInfo> find(String taskId, long stepNanos);

  /**
   * As {@link dev.jetlane.PartitionAdmin#remove}.
   *
   * @param stepNanos the time for each task that is looked at, and for the removal
   */
  Removal remove(String taskId, long stepNanos);

  /** As {@link dev.jetlane.PartitionAdmin#purge}. */
  long purge(long deadlineNanos);

  /**
   * Deletes the partition.
   *
   * @param inUse whether also one that is in use is deleted, with its tasks
   */
  void delete(boolean inUse, long deadlineNanos);

  /** As {@link dev.jetlane.PartitionAdmin#pause}. */
  void pause(Duration time, long deadlineNanos);

  /** As {@link dev.jetlane.PartitionAdmin#resume}. */
  void resume(long deadlineNanos);

  /** Its dead letters. Asks nothing. */
  DeadLetterDriver deadLetters();
}
