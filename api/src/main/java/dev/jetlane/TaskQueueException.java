package dev.jetlane;

import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A queue could not do what it was asked. The subclasses tell apart what a caller would do about
 * it, and {@link #isRetryable} whether repeating the call can help.
 *
 * <p>The stack trace is the caller's, also where the failure came to a thread of the queue; that
 * one is the cause. Neither the message nor a cause contains a credential.
 */
public abstract class TaskQueueException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final @Nullable String partition;
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

  /** Whether the same call can succeed later, without anybody changing anything. */
  public abstract boolean isRetryable();

  /** The partition that the call was for, if it was for one. */
  public final Optional<String> partition() {
    return Optional.ofNullable(partition);
  }

  /** The task that the call was for, if it was for one. */
  public final Optional<String> taskId() {
    return Optional.ofNullable(taskId);
  }

  /** The code that the server gave, if it gave one. */
  public OptionalInt code() {
    return OptionalInt.empty();
  }

  /**
   * For implementations: the same failure as one call sees it, with the stack trace of this thread,
   * and this as its cause.
   *
   * @param partition the partition that the call was for; null if it was for none
   * @param taskId the task that the call was for; null if it was for none
   */
  public final TaskQueueException seenBy(@Nullable String partition, @Nullable String taskId) {
    return copy(partition, taskId);
  }

  abstract TaskQueueException copy(@Nullable String partition, @Nullable String taskId);
}
