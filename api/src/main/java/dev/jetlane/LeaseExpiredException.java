// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * A nak, extension or dead-lettering of a {@link Delivery} came after its lease expired. Nothing
 * was sent, because another worker may have the task. Stop working on it, or {@code ack} it if the
 * work is done.
 */
public final class LeaseExpiredException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /**
   * For implementations of the queue.
   *
   * @param message what happened, without secrets
   * @param cause the cause, if it is known
   */
  public LeaseExpiredException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  private LeaseExpiredException(
      LeaseExpiredException original, @Nullable String partition, @Nullable String taskId) {
    super(original, partition, taskId);
  }

  /** False: an expired lease cannot be renewed. */
  @Override
  public boolean isRetryable() {
    return false;
  }

  @Override
  TaskQueueException copy(@Nullable String partition, @Nullable String taskId) {
    return new LeaseExpiredException(this, partition, taskId);
  }
}
