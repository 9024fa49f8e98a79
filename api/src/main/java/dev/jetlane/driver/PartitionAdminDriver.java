// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import dev.jetlane.Page;
import dev.jetlane.PartitionSummary;
import dev.jetlane.Removal;
import dev.jetlane.TaskInfo;
import dev.jetlane.TaskQuery;
import java.time.Duration;
import java.util.Optional;

/** The operator's view of one partition. */
public interface PartitionAdminDriver {

  /**
   * Implements {@link dev.jetlane.PartitionAdmin#summary}.
   *
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return the summary
   */
  PartitionSummary summary(long deadlineNanos);

  /**
   * Implements {@link dev.jetlane.PartitionAdmin#tasks}.
   *
   * @param query the selection
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return the page
   */
  Page<TaskInfo> tasks(TaskQuery query, long deadlineNanos);

  /**
   * Implements {@link dev.jetlane.PartitionAdmin#find}.
   *
   * @param taskId the id
   * @param stepNanos the time for each task that is looked at
   * @return the task; empty if there is none with this id
   */
  Optional<TaskInfo> find(String taskId, long stepNanos);

  /**
   * Implements {@link dev.jetlane.PartitionAdmin#remove}.
   *
   * @param taskId the id
   * @param stepNanos the time for each task that is looked at, and for the removal
   * @return the result
   */
  Removal remove(String taskId, long stepNanos);

  /**
   * Implements {@link dev.jetlane.PartitionAdmin#purge}.
   *
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return the number of removed tasks
   */
  long purge(long deadlineNanos);

  /**
   * Deletes the partition.
   *
   * @param inUse whether to delete it even if it is in use, with its tasks
   * @param deadlineNanos the deadline, on the clock of the driver
   */
  void delete(boolean inUse, long deadlineNanos);

  /**
   * Implements {@link dev.jetlane.PartitionAdmin#pause}.
   *
   * @param time the duration of the pause
   * @param deadlineNanos the deadline, on the clock of the driver
   */
  void pause(Duration time, long deadlineNanos);

  /**
   * Implements {@link dev.jetlane.PartitionAdmin#resume}.
   *
   * @param deadlineNanos the deadline, on the clock of the driver
   */
  void resume(long deadlineNanos);

  /**
   * Returns the dead letters of the partition. Sends no request.
   *
   * @return the dead letters
   */
  DeadLetterDriver deadLetters();
}
