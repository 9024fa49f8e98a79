package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * A request was sent and no answer came: it may have taken effect or not. Every request is safe to
 * repeat: a push because of its id, a settlement because it changes nothing twice.
 */
public final class OutcomeUnknownException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /** Says what happened, without secrets, and why if that is known. */
  public OutcomeUnknownException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
