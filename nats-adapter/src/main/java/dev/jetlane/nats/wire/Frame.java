// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import io.nats.client.impl.Headers;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A message to the server that asks for an answer. */
public interface Frame {

  /** Returns the subject. */
  String subject();

  /**
   * Returns messages that are sent directly before this one and request no answer. Called once for
   * each try, before every other method.
   */
  default List<Frame> before() {
    return List.of();
  }

  /** Returns the body; the caller must not change it. */
  byte[] body();

  /** Returns the headers, for jnats. */
  default @Nullable Headers headers() {
    return null;
  }

  /** Returns the size of the written headers; zero if there are none. */
  default int headerSize() {
    return 0;
  }

  /** Writes {@link #headerSize} bytes. */
  default void writeHeaders(ByteSink sink) {}

  /** Returns the size of the written body. */
  default int bodySize() {
    return body().length;
  }

  /** Writes {@link #bodySize} bytes. */
  default void writeBody(ByteSink sink) {
    sink.put(body());
  }
}
