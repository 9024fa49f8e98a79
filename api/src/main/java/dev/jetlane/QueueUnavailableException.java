// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * The queue cannot be reached, or the partition no longer exists. Nothing was changed. Try again:
 * the client automatically reconnects and restores a deleted partition.
 */
public final class QueueUnavailableException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /**
   * For implementations of the queue.
   *
   * @param message what happened, without secrets
   * @param cause the cause, if it is known
   */
  public QueueUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  private QueueUnavailableException(
      QueueUnavailableException original, @Nullable String partition, @Nullable String taskId) {
    super(original, partition, taskId);
  }

  /** True: the client reconnects automatically. */
  @Override
  public boolean isRetryable() {
    return true;
  }

  @Override
  TaskQueueException copy(@Nullable String partition, @Nullable String taskId) {
    return new QueueUnavailableException(this, partition, taskId);
  }
}
