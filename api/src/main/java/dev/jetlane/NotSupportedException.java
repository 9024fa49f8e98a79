// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * This queue, or the version of its server, does not support a call. Nothing was sent and nothing
 * was changed.
 */
public final class NotSupportedException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /**
   * For implementations.
   *
   * @param message the unsupported call, and the requirement
   */
  public NotSupportedException(String message) {
    super(message, null);
  }

  private NotSupportedException(
      NotSupportedException original, @Nullable String partition, @Nullable String taskId) {
    super(original, partition, taskId);
  }

  /** False: it needs another server. */
  @Override
  public boolean isRetryable() {
    return false;
  }

  @Override
  TaskQueueException copy(@Nullable String partition, @Nullable String taskId) {
    return new NotSupportedException(this, partition, taskId);
  }
}
