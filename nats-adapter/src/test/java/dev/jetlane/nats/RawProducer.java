// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Another client, which sends bytes: any headers on any subject. */
final class RawProducer implements AutoCloseable {

  private final Socket socket;
  private final OutputStream out;
  private final BufferedReader in;

  RawProducer(String url) throws IOException {
    URI uri = URI.create(url);
    socket = new Socket(uri.getHost(), uri.getPort());
    out = socket.getOutputStream();
    in =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    out.write(
        bytes(
            "CONNECT {\"verbose\":false,\"headers\":true,\"lang\":\"raw\",\"version\":\"1\"}\r\n"));
  }

  /** Returns when the server has received the message. */
  void publish(String subject, byte[] headers, byte[] payload) throws IOException {
    int total = headers.length + payload.length;
    // One write: a second one would wait for the server's delayed acknowledgement of the first.
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    frames.writeBytes(bytes("HPUB " + subject + " " + headers.length + " " + total + "\r\n"));
    frames.writeBytes(headers);
    frames.writeBytes(payload);
    frames.writeBytes(bytes("\r\nPING\r\n"));
    frames.writeTo(out);
    for (String line = in.readLine(); !"PONG".equals(line); line = in.readLine()) {
      if (line == null || line.startsWith("-ERR")) {
        throw new IOException("refused: " + line);
      }
    }
  }

  void publish(String subject, String headers, String payload) throws IOException {
    publish(subject, bytes(headers), bytes(payload));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
