// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import org.jspecify.annotations.Nullable;

/**
 * Translates errors of JetStream into exceptions, depending on whether a retry can help (codes as
 * in {@code server/errors.json} of nats-server, 2.9 to 2.15).
 */
final class ServerRefusal {

  private static final int BAD_REQUEST = 400;

  /** The code for the used-up storage of the server. */
  private static final int NO_STORAGE = 10047;

  private ServerRefusal() {}

  /**
   * Returns the error of a refused call.
   *
   * @param code the HTTP-like code
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
