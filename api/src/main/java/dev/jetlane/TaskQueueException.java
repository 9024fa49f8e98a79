package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * A queue could not do what it was asked. The subclasses tell apart what a caller would do
 * differently about it.
 *
 * <p>Neither the message nor the cause contains a credential.
 */
public abstract class TaskQueueException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  TaskQueueException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
