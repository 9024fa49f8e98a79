// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * A push was refused because the partition is full. The task was not stored, and no other task was
 * dropped. Push again after some tasks were settled.
 */
public final class QueueFullException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /**
   * For implementations of the queue.
   *
   * @param message what happened, without secrets
   * @param cause the cause, if it is known
   */
  public QueueFullException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  private QueueFullException(
      QueueFullException original, @Nullable String partition, @Nullable String taskId) {
    super(original, partition, taskId);
  }

  /** True: settled tasks make room. */
  @Override
  public boolean isRetryable() {
    return true;
  }

  @Override
  TaskQueueException copy(@Nullable String partition, @Nullable String taskId) {
    return new QueueFullException(this, partition, taskId);
  }
}
