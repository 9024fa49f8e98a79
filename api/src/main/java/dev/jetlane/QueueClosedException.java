// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import org.jspecify.annotations.Nullable;

/** The queue or the puller was closed by this process. Nothing was sent. */
public final class QueueClosedException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /**
   * For implementations of the queue.
   *
   * @param message what happened, without secrets
   * @param cause the cause, if it is known
   */
  public QueueClosedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  private QueueClosedException(
      QueueClosedException original, @Nullable String partition, @Nullable String taskId) {
    super(original, partition, taskId);
  }

  /** False: a closed queue stays closed. */
  @Override
  public boolean isRetryable() {
    return false;
  }

  @Override
  TaskQueueException copy(@Nullable String partition, @Nullable String taskId) {
    return new QueueClosedException(this, partition, taskId);
  }
}
