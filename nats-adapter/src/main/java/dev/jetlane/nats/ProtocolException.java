package dev.jetlane.nats;

import java.io.IOException;

/** A server, or what pretends to be one, sent what is not the NATS protocol. */
final class ProtocolException extends IOException {

  private static final long serialVersionUID = 1L;

  ProtocolException(String what) {
    super("the server sent " + what);
  }
}
