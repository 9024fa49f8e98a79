package dev.jetlane.nats.wire;

import java.io.IOException;

/** A server, or what pretends to be one, sent what is not the NATS protocol. */
public final class ProtocolException extends IOException {

  private static final long serialVersionUID = 1L;

  ProtocolException(String what) {
    super("the server sent " + what);
  }
}
