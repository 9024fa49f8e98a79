// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * The confirmation of a change did not arrive: the change may or may not have been made.
 *
 * <p>The same call is safe to repeat: a change that was made is not made twice. The exceptions are
 * {@link Delivery#nak} and {@link Delivery#release}, after which only an ack has an effect, because
 * another worker may hold the task.
 */
public final class OutcomeUnknownException extends TaskQueueException {

  private static final long serialVersionUID = 1L;

  /**
   * For implementations of the queue.
   *
   * @param message what happened, without secrets
   * @param cause the cause, if it is known
   */
  public OutcomeUnknownException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  private OutcomeUnknownException(
      OutcomeUnknownException original, @Nullable String partition, @Nullable String taskId) {
    super(original, partition, taskId);
  }

  /** True: a repetition is safe if the Javadoc of the method says so. */
  @Override
  public boolean isRetryable() {
    return true;
  }

  @Override
  TaskQueueException copy(@Nullable String partition, @Nullable String taskId) {
    return new OutcomeUnknownException(this, partition, taskId);
  }
}
