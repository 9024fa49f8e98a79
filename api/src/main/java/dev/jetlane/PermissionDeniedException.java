// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * The server denied the permission for a call. Nothing was changed. The message names the subject
 * for which the user needs a permission.
 */
public final class PermissionDeniedException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /**
   * For implementations of the queue.
   *
   * @param message what happened, without secrets
   * @param cause the cause, if it is known
   */
  public PermissionDeniedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  private PermissionDeniedException(
      PermissionDeniedException original, @Nullable String partition, @Nullable String taskId) {
    super(original, partition, taskId);
  }

  /** False: the user needs the permission first. */
  @Override
  public boolean isRetryable() {
    return false;
  }

  @Override
  TaskQueueException copy(@Nullable String partition, @Nullable String taskId) {
    return new PermissionDeniedException(this, partition, taskId);
  }
}
