package dev.jetlane.nats.wire;

import io.nats.client.impl.Headers;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A message to the server that asks for an answer. */
public interface Frame {

  /** Where it goes. */
  String subject();

  /**
   * Messages that go out directly before this one and ask for no answer. Asked for once each time
   * that it is sent, before anything else.
   */
  default List<Frame> before() {
    return List.of();
  }

  /** The body, to be left as it is. */
  byte[] body();

  /** The headers, for jnats. */
  default @Nullable Headers headers() {
    return null;
  }

  /** The size of the headers as they are written; zero if there are none. */
  default int headerSize() {
    return 0;
  }

  /** Writes {@link #headerSize} bytes. */
  default void writeHeaders(ByteSink sink) {}

  /** The size of the body as it is written. */
  default int bodySize() {
    return body().length;
  }

  /** Writes {@link #bodySize} bytes. */
  default void writeBody(ByteSink sink) {
    sink.put(body());
  }
}
