// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import org.springframework.boot.docker.compose.core.RunningService;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionDetailsFactory;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionSource;

/** Connects to the service of {@code compose.yaml} whose image is "nats". */
final class NatsComposeConnection
    extends DockerComposeConnectionDetailsFactory<JetlaneConnectionDetails> {

  private static final int PORT = 4222;

  NatsComposeConnection() {
    super("nats");
  }

  @Override
  protected JetlaneConnectionDetails getDockerComposeConnectionDetails(
      DockerComposeConnectionSource source) {
    return new Details(source.getRunningService());
  }

  private static final class Details extends DockerComposeConnectionDetails
      implements JetlaneConnectionDetails {

    private final String url;

    Details(RunningService service) {
      super(service);
      url = "nats://" + service.host() + ":" + service.ports().get(PORT);
    }

    @Override
    public String url() {
      return url;
    }
  }
}
