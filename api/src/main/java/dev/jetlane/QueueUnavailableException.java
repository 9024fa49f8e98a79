package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * The queue cannot be reached, or the partition is gone. Nothing was changed. Worth a retry: the
 * client reconnects by itself, and {@link TaskQueue#partition} brings a partition back.
 */
public final class QueueUnavailableException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /** Says what happened, without secrets, and why if that is known. */
  public QueueUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
