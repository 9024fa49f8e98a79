// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The first line of a server on every connection. It precedes credentials and TLS, so it shows
 * readiness with any configuration.
 */
record ServerInfo(String version, boolean jetStream) {
  private static final int TIMEOUT_MILLIS = 2_000;
  private static final int DEFAULT_PORT = 4222;
  private static final Pattern VERSION = Pattern.compile("\"version\":\\s*\"([^\"]+)\"");
  private static final Pattern JET_STREAM = Pattern.compile("\"jetstream\":\\s*true");

  /** Connects to the first of these comma-separated addresses. */
  static ServerInfo read(String url) throws IOException {
    int comma = url.indexOf(',');
    String first = (comma < 0 ? url : url.substring(0, comma)).trim();
    URI address = URI.create(first.contains("://") ? first : "nats://" + first);
    int port = address.getPort() < 0 ? DEFAULT_PORT : address.getPort();
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address.getHost(), port), TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      String line = in.readLine();
      Matcher version = VERSION.matcher(line == null ? "" : line);
      if (line == null || !line.startsWith("INFO ") || !version.find()) {
        throw new IOException("no NATS server answers at " + address.getHost() + ":" + port);
      }
      return new ServerInfo(version.group(1), JET_STREAM.matcher(line).find());
    }
  }
}
