// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import org.springframework.boot.testcontainers.service.connection.ContainerConnectionDetailsFactory;
import org.springframework.boot.testcontainers.service.connection.ContainerConnectionSource;
import org.testcontainers.containers.Container;

/**
 * Connects to a container with {@code @ServiceConnection("nats")}, or with
 * {@code @ServiceConnection} and the image "nats".
 */
final class NatsContainerConnection
    extends ContainerConnectionDetailsFactory<Container<?>, JetlaneConnectionDetails> {

  private static final int PORT = 4222;

  NatsContainerConnection() {
    super("nats");
  }

  @Override
  protected JetlaneConnectionDetails getContainerConnectionDetails(
      ContainerConnectionSource<Container<?>> source) {
    return new Details(source);
  }

  private static final class Details extends ContainerConnectionDetails<Container<?>>
      implements JetlaneConnectionDetails {

    Details(ContainerConnectionSource<Container<?>> source) {
      super(source);
    }

    @Override
    public String url() {
      Container<?> container = getContainer();
      return "nats://" + container.getHost() + ":" + container.getMappedPort(PORT);
    }
  }
}
