// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads settings that a server shows only on its HTTP monitoring port. */
final class MonitoringPort {

  static final String ALWAYS = "always: each write is on disk before its confirmation";

  private static final int MAX_BYTES = 1 << 20;
  private static final Pattern SYNC_ALWAYS = Pattern.compile("\"sync_always\":\\s*true");
  private static final Pattern INTERVAL = Pattern.compile("\"sync_interval\":\\s*([0-9]{1,18})");

  private final URI address;
  private final int timeoutMillis;

  MonitoringPort(URI address, Duration timeout) {
    this.address = address;
    timeoutMillis = (int) Math.min(timeout.toMillis(), Integer.MAX_VALUE);
  }

  /**
   * Returns how often the server writes to disk: {@link #ALWAYS}, or an interval.
   *
   * @throws IOException if the port does not answer in time, or not as a nats-server of 2.10 or
   *     later
   */
  String syncInterval() throws IOException {
    String page = page("/varz");
    if (SYNC_ALWAYS.matcher(page).find()) {
      return ALWAYS;
    }
    Matcher interval = INTERVAL.matcher(page);
    if (!interval.find()) {
      throw new IOException("/varz does not contain sync_interval");
    }
    return "" + Duration.ofNanos(Long.parseLong(interval.group(1)));
  }

  private String page(String path) throws IOException {
    URLConnection connection = address.resolve(path).toURL().openConnection();
    connection.setConnectTimeout(timeoutMillis);
    connection.setReadTimeout(timeoutMillis);
    connection.setUseCaches(false);
    try (InputStream in = connection.getInputStream()) {
      return new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
    }
  }
}
