// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.util.Optional;

/** The outcome of one task of {@link Partition#pushAll}. */
public sealed interface PushOutcome {

  /**
   * Returns the id of the task.
   *
   * @return the id
   */
  String taskId();

  /**
   * Returns whether the task is known to be in the queue.
   *
   * @return whether this is {@link Stored}
   */
  default boolean isStored() {
    return failure().isEmpty();
  }

  /**
   * Returns why the task is not known to be in the queue.
   *
   * @return the exception that {@link Partition#push} would have thrown; empty for {@link Stored}
   */
  default Optional<TaskQueueException> failure() {
    return Optional.empty();
  }

  /**
   * The task is in the queue, stored by this push or, if the receipt reports a duplicate, by an
   * earlier one.
   *
   * @param receipt the confirmation
   */
  record Stored(PushReceipt receipt) implements PushOutcome {
    @Override
    public String taskId() {
      return receipt.taskId();
    }
  }

  /**
   * The task was not stored.
   *
   * @param taskId the id of the task
   * @param error the exception that {@link Partition#push} would have thrown
   */
  record Refused(String taskId, TaskQueueException error) implements PushOutcome {
    @Override
    public Optional<TaskQueueException> failure() {
      return Optional.of(error);
    }
  }

  /**
   * The task may or may not be stored. Push it again with the same id.
   *
   * @param taskId the id of the task
   * @param error the exception that {@link Partition#push} would have thrown
   */
  record Unknown(String taskId, OutcomeUnknownException error) implements PushOutcome {
    @Override
    public Optional<TaskQueueException> failure() {
      return Optional.of(error);
    }
  }
}
