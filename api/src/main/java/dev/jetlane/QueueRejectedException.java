// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The queue refuses a call and would refuse it again, because of a limit of the server, an
 * unsupported setting, or a server that is not a queue. Nothing was changed. Change the request or
 * the server first.
 */
public final class QueueRejectedException extends TaskQueueException {

  private static final long serialVersionUID = 1L;
  private static final int NO_CODE = -1;

  /** The code of the server, or {@code NO_CODE}. */
  private final int code;

  /**
   * Creates an exception without a code of the server.
   *
   * @param message what happened, without secrets
   * @param cause the cause, if it is known
   */
  public QueueRejectedException(String message, @Nullable Throwable cause) {
    super(message, cause);
    code = NO_CODE;
  }

  /**
   * Creates an exception with the code of the server, such as 10047 of JetStream.
   *
   * @param message what happened, without secrets
   * @param serverCode the code, from zero
   * @param cause the cause, if it is known
   */
  public QueueRejectedException(String message, int serverCode, @Nullable Throwable cause) {
    super(message, cause);
    code = serverCode;
  }

  private QueueRejectedException(
      QueueRejectedException original, @Nullable String partition, @Nullable String taskId) {
    super(original, partition, taskId);
    code = original.code;
  }

  /** False: the queue would refuse it again. */
  @Override
  public boolean isRetryable() {
    return false;
  }

  /**
   * Returns the code of the server.
   *
   * @return the code, if the server gave one
   */
  @Override
  public OptionalInt code() {
    return code == NO_CODE ? OptionalInt.empty() : OptionalInt.of(code);
  }

  @Override
  TaskQueueException copy(@Nullable String partition, @Nullable String taskId) {
    return new QueueRejectedException(this, partition, taskId);
  }
}
