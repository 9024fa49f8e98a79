package dev.jetlane;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The queue refuses what was asked for, and will refuse it again: a limit of the server, a setting
 * that it does not take, an answer that is none of a queue. Nothing was changed. Not worth a retry:
 * the request or the server has to be changed first.
 */
public final class QueueRejectedException extends TaskQueueException {

  private static final long serialVersionUID = 1L;
  private static final int NO_CODE = -1;

  private final int code;

  /**
   * Without a code of the server.
   *
   * @param message what happened, without secrets
   * @param cause why, if that is known
   */
  public QueueRejectedException(String message, @Nullable Throwable cause) {
    super(message, cause);
    code = NO_CODE;
  }

  /**
   * With the code that the server gave, such as 10047 of JetStream.
   *
   * @param message what happened, without secrets
   * @param serverCode the code, from zero
   * @param cause why, if that is known
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

  /** The code that the server gave, if it gave one. */
  @Override
  public OptionalInt code() {
    return code == NO_CODE ? OptionalInt.empty() : OptionalInt.of(code);
  }

  @Override
  TaskQueueException copy(@Nullable String partition, @Nullable String taskId) {
    return new QueueRejectedException(this, partition, taskId);
  }
}
