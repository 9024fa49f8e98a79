package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * A {@link Delivery} was to be given back, extended or dead-lettered after its lease ran out.
 * Nothing was sent: the task may be with another worker by now. The way out is to stop working on
 * it, or to {@code ack} it if the work is done.
 */
public final class LeaseExpiredException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message what happened, without secrets
   * @param cause why, if that is known
   */
  public LeaseExpiredException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  private LeaseExpiredException(
      LeaseExpiredException original, @Nullable String partition, @Nullable String taskId) {
    super(original, partition, taskId);
  }

  /** False: a lease that ran out stays so. */
  @Override
  public boolean isRetryable() {
    return false;
  }

  @Override
  TaskQueueException copy(@Nullable String partition, @Nullable String taskId) {
    return new LeaseExpiredException(this, partition, taskId);
  }
}
