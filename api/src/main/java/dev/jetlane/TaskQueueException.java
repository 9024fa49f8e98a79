// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A call to a queue failed. The subclasses distinguish the reactions of a caller, and {@link
 * #isRetryable} says whether repeating the call can help.
 *
 * <p>The stack trace is that of the caller, even if the failure occurred on a thread of the queue;
 * that exception is the cause. Neither the message nor a cause contains a credential.
 */
public abstract class TaskQueueException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** The partition of the call; null if it concerns none. */
  private final @Nullable String partition;

  /** The id of the task; null if the call concerns none. */
  private final @Nullable String taskId;

  TaskQueueException(String message, @Nullable Throwable cause) {
    super(message, cause);
    partition = null;
    taskId = null;
  }

  /** A copy, whose cause is the original. */
  TaskQueueException(
      TaskQueueException original, @Nullable String partition, @Nullable String taskId) {
    super(original.getMessage(), original);
    this.partition = partition;
    this.taskId = taskId;
  }

  /**
   * Returns whether the same call can succeed later without a change of configuration.
   *
   * @return whether a retry can help
   */
  public abstract boolean isRetryable();

  /**
   * Returns the partition of the call.
   *
   * @return its name; empty if the call was for no single partition
   */
  public final Optional<String> partition() {
    return Optional.ofNullable(partition);
  }

  /**
   * Returns the task of the call.
   *
   * @return its id; empty if the call was for no single task
   */
  public final Optional<String> taskId() {
    return Optional.ofNullable(taskId);
  }

  /**
   * Returns the code of the server.
   *
   * @return the code, if the server gave one
   */
  public OptionalInt code() {
    return OptionalInt.empty();
  }

  /**
   * Returns a copy of this exception for one call, with the stack trace of this thread and this
   * exception as its cause. For implementations.
   *
   * @param partition the partition that the call was for; null if it was for none
   * @param taskId the task that the call was for; null if it was for none
   * @return the copy
   */
  public final TaskQueueException seenBy(@Nullable String partition, @Nullable String taskId) {
    return copy(partition, taskId);
  }

  abstract TaskQueueException copy(@Nullable String partition, @Nullable String taskId);
}
