package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * A change was asked for and its confirmation did not come: it may have been made or not.
 *
 * <p>A push, an ack, a cancellation, a dead letter, a redrive and a purge are safe to repeat: made
 * twice they change nothing the second time. After a {@link Delivery#nak} nothing but an ack has an
 * effect, because another worker may hold the task by then.
 */
public final class OutcomeUnknownException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message what happened, without secrets
   * @param cause why, if that is known
   */
  public OutcomeUnknownException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  private OutcomeUnknownException(
      OutcomeUnknownException original, @Nullable String partition, @Nullable String taskId) {
    super(original, partition, taskId);
  }

  /** True: repeating is safe where the method that threw says so. */
  @Override
  public boolean isRetryable() {
    return true;
  }

  @Override
  TaskQueueException copy(@Nullable String partition, @Nullable String taskId) {
    return new OutcomeUnknownException(this, partition, taskId);
  }
}
