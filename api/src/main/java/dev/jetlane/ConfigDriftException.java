package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * A partition is there with settings other than this client wants. The message lists each setting
 * with both values. Nothing was changed.
 */
public final class ConfigDriftException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /** Says what happened, without secrets, and why if that is known. */
  public ConfigDriftException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
