// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The addresses in the server's ports file; an absent one is empty. */
record ServerPorts(String client, String monitoring) {
  static final ServerPorts UNKNOWN = new ServerPorts("", "");

  private static final Pattern CLIENT = Pattern.compile("\"nats\":\\s*\\[\"([^\"]+)\"");
  private static final Pattern MONITORING = Pattern.compile("\"monitoring\":\\s*\\[\"([^\"]+)\"");

  /** Null if the server has not finished writing. */
  static @Nullable ServerPorts parse(String json) {
    String client = first(CLIENT, json);
    return client.isEmpty() || !json.trim().endsWith("}")
        ? null
        : new ServerPorts(client, first(MONITORING, json));
  }

  private static String first(Pattern pattern, String json) {
    Matcher matcher = pattern.matcher(json);
    return matcher.find() ? matcher.group(1) : "";
  }
}
