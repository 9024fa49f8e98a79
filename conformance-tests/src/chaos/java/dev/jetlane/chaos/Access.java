// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

/** The users of a run's server. The server can refuse one of them for a while. */
final class Access {

  /** Producers and workers. */
  static final String USER = "chaos";

  static final String PASSWORD = "right";

  /** All others; the server never refuses them. */
  static final String OTHER_USER = "look";

  private static final String OTHER_PASSWORD = "other";

  /** The first line of a foreign client. */
  static final String CONNECT_OTHER =
      "CONNECT {\"verbose\":false,\"headers\":true,\"lang\":\"raw\",\"version\":\"1\",\"user\":\""
          + OTHER_USER
          + "\",\"pass\":\""
          + OTHER_PASSWORD
          + "\"}\r\n";

  private Access() {}

  /** The configuration of the server. A lame duck closes a connection a second, after a second. */
  static String config(Settings settings, boolean refuses) {
    String sync =
        settings.sync().equals("default")
            ? ""
            : "jetstream { sync_interval: " + settings.sync() + " }\n";
    return sync
        + "lame_duck_grace_period: \"1s\"\n"
        + "authorization { users: ["
        + user(USER, refuses ? "another" : PASSWORD)
        + ", "
        + user(OTHER_USER, OTHER_PASSWORD)
        + "] }\n";
  }

  private static String user(String name, String password) {
    return "{ user: " + name + ", password: " + password + " }";
  }

  static char[] otherPassword() {
    return OTHER_PASSWORD.toCharArray();
  }
}
