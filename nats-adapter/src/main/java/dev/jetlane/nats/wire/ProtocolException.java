// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import java.io.IOException;

/** A server, or a program that claims to be one, violated the NATS protocol. */
public final class ProtocolException extends IOException {

  private static final long serialVersionUID = 1L;

  ProtocolException(String what) {
    super("the server sent " + what);
  }
}
