package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * A push was refused because the partition holds as many tasks as it may. Nothing was stored and
 * nothing was dropped: push again when tasks were settled.
 */
public final class QueueFullException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message what happened, without secrets
   * @param cause why, if that is known
   */
  public QueueFullException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  private QueueFullException(
      QueueFullException original, @Nullable String partition, @Nullable String taskId) {
    super(original, partition, taskId);
  }

  /** True: there is room once tasks were settled. */
  @Override
  public boolean isRetryable() {
    return true;
  }

  @Override
  TaskQueueException copy(@Nullable String partition, @Nullable String taskId) {
    return new QueueFullException(this, partition, taskId);
  }
}
