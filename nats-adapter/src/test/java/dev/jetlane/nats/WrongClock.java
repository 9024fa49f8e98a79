// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A proxy that makes the clock of a server look a thousand years slow. */
final class WrongClock implements AutoCloseable {

  private static final byte[] TIME = "\"ts\":\"".getBytes(StandardCharsets.US_ASCII);

  private final URI server;
  private final ServerSocket door;

  private WrongClock(URI server) throws IOException {
    this.server = server;
    door = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    thread(this::accept);
  }

  static WrongClock to(String url) throws IOException {
    return new WrongClock(URI.create(url));
  }

  String url() {
    return "nats://127.0.0.1:" + door.getLocalPort();
  }

  private interface Body {
    void run() throws IOException;
  }

  private static void thread(Body body) {
    Thread thread =
        new Thread(
            () -> {
              try {
                body.run();
              } catch (IOException e) {
                // One side closed its connection.
              }
            },
            "wrong-clock");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = door.accept();
      Socket target = new Socket(server.getHost(), server.getPort());
      thread(() -> copy(client, target, false));
      thread(() -> copy(target, client, true));
    }
  }

  private static void copy(Socket from, Socket to, boolean slow) throws IOException {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] bytes = new byte[8192];
      int matched = 0;
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        for (int i = 0; slow && i < n; i++) {
          if (matched == TIME.length) {
            bytes[i] = '1'; // The first digit of the year.
            matched = 0;
          } else {
            matched = bytes[i] == TIME[matched] ? matched + 1 : bytes[i] == TIME[0] ? 1 : 0;
          }
        }
        out.write(bytes, 0, n);
      }
    }
  }

  @Override
  public void close() throws IOException {
    door.close();
  }
}
