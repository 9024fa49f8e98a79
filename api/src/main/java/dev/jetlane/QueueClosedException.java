package dev.jetlane;

import org.jspecify.annotations.Nullable;

/** The queue or the puller was closed by this process. Nothing was sent. */
public final class QueueClosedException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /** Says what happened, without secrets, and why if that is known. */
  public QueueClosedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
