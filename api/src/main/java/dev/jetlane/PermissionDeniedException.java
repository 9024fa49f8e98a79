package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * The server does not permit what this client asked for. Nothing was changed. Not worth a retry:
 * the message names the subject that the account has to be permitted.
 */
public final class PermissionDeniedException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /** Says what happened, without secrets, and why if that is known. */
  public PermissionDeniedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
