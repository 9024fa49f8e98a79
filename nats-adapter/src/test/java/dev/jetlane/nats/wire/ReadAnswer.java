// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Brings an answer as the bytes of a server, on the thread of the test. */
public final class ReadAnswer {

  private ReadAnswer() {}

  /**
   * Reads an answer as the reader of the connection does.
   *
   * @param wire the connection
   * @param replyTo the reply subject of the request
   * @param body the answer
   */
  public static void read(Wire wire, String replyTo, String body) throws IOException {
    String frame = "MSG %s 1 %d\r\n%s\r\n".formatted(replyTo, body.length(), body);
    InputStream input = new ByteArrayInputStream(frame.getBytes(StandardCharsets.US_ASCII));
    var unused = wire.rewriterOf(input::read).read(new byte[1_000], 0, 1_000);
  }
}
