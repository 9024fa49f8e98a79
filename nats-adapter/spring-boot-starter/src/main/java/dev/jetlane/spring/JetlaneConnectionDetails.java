// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * The address of the nats-server. A service connection takes precedence over {@code jetlane.url}.
 */
public interface JetlaneConnectionDetails extends ConnectionDetails {

  /**
   * Returns the addresses of the servers.
   *
   * @return one or more URLs, separated by commas
   */
  String url();
}
