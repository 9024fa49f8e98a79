// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

/**
 * What a server should be like. Address, ports and store folder are not in here: the launcher
 * chooses them so that any number of servers can run side by side.
 *
 * @param monitoring whether the HTTP monitoring port is open
 * @param text the content of the server's configuration file, for permissions, accounts or TLS;
 *     empty for none
 */
public record NatsConfig(boolean monitoring, String text) {
  /**
   * A plain JetStream server: no monitoring, no users.
   *
   * @return the configuration
   */
  public static NatsConfig defaults() {
    return new NatsConfig(false, "");
  }

  /**
   * The same with the monitoring port open.
   *
   * @return a new configuration
   */
  public NatsConfig withMonitoring() {
    return new NatsConfig(true, text);
  }

  /**
   * The same with a configuration file of this content.
   *
   * @param text the file's content, in the server's own format
   * @return a new configuration
   */
  public NatsConfig withText(String text) {
    return new NatsConfig(monitoring, text);
  }
}
