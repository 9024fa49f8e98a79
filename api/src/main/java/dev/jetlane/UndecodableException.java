// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * The codec of a {@link TypedPartition} cannot decode a payload. The task becomes a dead letter
 * with this exception as its reason. The failure listener of a worker receives the exception; no
 * method of the queue throws it.
 */
public final class UndecodableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * For implementations of the queue.
   *
   * @param bytes the size of the payload
   * @param cause the exception of the codec; null if the codec returned null
   */
  public UndecodableException(int bytes, @Nullable Exception cause) {
    super(
        "the payload of "
            + bytes
            + " bytes cannot be decoded: "
            + (cause == null ? "the codec returned null" : cause.toString()),
        cause);
  }
}
