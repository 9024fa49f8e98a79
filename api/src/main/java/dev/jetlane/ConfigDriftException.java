// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * The queue or the partition exists with settings other than those of this client. The message
 * lists each setting with both values. Nothing was changed.
 */
public final class ConfigDriftException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /**
   * For implementations of the queue.
   *
   * @param message what happened, without secrets
   * @param cause the cause, if it is known
   */
  public ConfigDriftException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  private ConfigDriftException(
      ConfigDriftException original, @Nullable String partition, @Nullable String taskId) {
    super(original, partition, taskId);
  }

  /** False: the settings have to be changed first. */
  @Override
  public boolean isRetryable() {
    return false;
  }

  @Override
  TaskQueueException copy(@Nullable String partition, @Nullable String taskId) {
    return new ConfigDriftException(this, partition, taskId);
  }
}
