package dev.jetlane.spring;

import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/** Where the nats-server is; a service connection takes precedence over {@code jetlane.url}. */
public interface JetlaneConnectionDetails extends ConnectionDetails {

  /**
   * The servers.
   *
   * @return one or more URLs, separated by commas
   */
  String url();
}
