package dev.jetlane.nats.request;

import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import org.jspecify.annotations.Nullable;

/**
 * What an error of JetStream means for a caller: whether repeating the same call can help (codes as
 * of nats-server {@code server/errors.json}, 2.9 to 2.15).
 */
final class ServerRefusal {

  private static final int BAD_REQUEST = 400;

  /** Of the server: its storage, as configured, is used up. */
  private static final int NO_STORAGE = 10047;

  private ServerRefusal() {}

  /**
   * The error of a call that the server refused.
   *
   * @param code the code of the kind of HTTP
   * @param errorCode the code of JetStream
   */
  static TaskQueueException of(String text, int code, int errorCode, @Nullable Throwable cause) {
    return isForGood(code, errorCode)
        ? new QueueRejectedException(text, errorCode, cause)
        : new QueueUnavailableException(text, cause);
  }

  private static boolean isForGood(int code, int errorCode) {
    return code == BAD_REQUEST || errorCode == NO_STORAGE;
  }
}
