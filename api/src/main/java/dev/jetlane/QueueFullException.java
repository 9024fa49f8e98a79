package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * A push was refused because the partition holds as many tasks as it may. Nothing was stored and
 * nothing was dropped: push again when tasks were settled.
 */
public final class QueueFullException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /** Says what happened, without secrets, and why if that is known. */
  public QueueFullException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
