// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;

/**
 * A server in a container. Only this class uses Testcontainers, because the benchmarks run without
 * it.
 */
final class DockerServer implements ServerHandle {
  private static final Duration START_LIMIT = Duration.ofSeconds(30);
  private static final int CLIENT_PORT = 4222;
  private static final int MONITORING_PORT = 8222;
  private static final String CONFIG_FILE = "/jetlane.conf";

  private final GenericContainer<?> container;
  private final String url;
  private final @Nullable String monitoringUrl;
  private String version = "";
  private boolean closed;

  private DockerServer(String image, NatsConfig config) {
    List<String> command = new ArrayList<>(List.of("-p", Integer.toString(CLIENT_PORT), "-js"));
    // A published port changes at a restart unless it is fixed, so the ports are chosen here.
    List<PortBinding> ports = new ArrayList<>();
    int port = freePort();
    ports.add(binding(port, CLIENT_PORT));
    url = "nats://127.0.0.1:" + port;
    if (config.monitoring()) {
      int monitoringPort = freePort();
      ports.add(binding(monitoringPort, MONITORING_PORT));
      monitoringUrl = "http://127.0.0.1:" + monitoringPort;
      command.addAll(List.of("-m", Integer.toString(MONITORING_PORT)));
    } else {
      monitoringUrl = null;
    }
    container = new GenericContainer<>(DockerImageName.parse(image));
    if (!config.text().isEmpty()) {
      container.withCopyToContainer(Transferable.of(config.text()), CONFIG_FILE);
      command.addAll(List.of("-c", CONFIG_FILE));
    }
    container
        .withCommand(command.toArray(new String[0]))
        .withCreateContainerCmdModifier(
            create -> {
              HostConfig host = create.getHostConfig();
              create
                  .withExposedPorts(ports.stream().map(PortBinding::getExposedPort).toList())
                  .withHostConfig((host == null ? new HostConfig() : host).withPortBindings(ports));
            });
  }

  /** Empty if there is no Docker engine. Throws NoClassDefFoundError without Testcontainers. */
  static Optional<NatsSource> source() {
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      return Optional.empty();
    }
    String image = System.getProperty("jetlane.nats.image", "nats:latest");
    return Optional.of(config -> start(image, config));
  }

  private static ServerHandle start(String image, NatsConfig config) {
    DockerServer server = new DockerServer(image, config);
    try {
      server.container.start();
      server.awaitReady();
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw new IllegalStateException("no server from image " + image + ": " + e.getMessage(), e);
    }
  }

  @Override
  public boolean managed() {
    return true;
  }

  @Override
  public String url() {
    return url;
  }

  @Override
  public String monitoringUrl() {
    if (monitoringUrl == null) {
      throw new IllegalStateException("the server was started without monitoring");
    }
    return monitoringUrl;
  }

  @Override
  public synchronized String version() {
    return version;
  }

  @Override
  public String logTail() {
    return container.getLogs();
  }

  @Override
  public synchronized void kill() {
    if (isRunning()) {
      docker().killContainerCmd(container.getContainerId()).exec();
    }
  }

  @Override
  public synchronized void stop() {
    if (isRunning()) {
      docker().stopContainerCmd(container.getContainerId()).exec();
    }
  }

  @Override
  public boolean local() {
    return false;
  }

  @Override
  public Path store() {
    throw new UnsupportedOperationException("the store is inside the container");
  }

  @Override
  public synchronized void restart() {
    kill();
    docker().startContainerCmd(container.getContainerId()).exec();
    awaitReady();
  }

  @Override
  public void restart(Path binary) {
    throw new UnsupportedOperationException("the binary is inside the container");
  }

  @Override
  public void reload(String text) {
    throw new UnsupportedOperationException("the configuration is inside the container");
  }

  @Override
  public synchronized void pause() {
    docker().pauseContainerCmd(container.getContainerId()).exec();
  }

  @Override
  public synchronized void resume() {
    docker().unpauseContainerCmd(container.getContainerId()).exec();
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      container.stop();
    }
  }

  private boolean isRunning() {
    return Boolean.TRUE.equals(
        docker().inspectContainerCmd(container.getContainerId()).exec().getState().getRunning());
  }

  private void awaitReady() {
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    IOException last = null;
    while (System.nanoTime() - deadline < 0) {
      try {
        ServerInfo info = ServerInfo.read(url);
        if (info.jetStream()) {
          version = info.version();
          return;
        }
      } catch (IOException e) {
        last = e;
      }
      Pauses.brief();
    }
    throw new IllegalStateException("it is not ready. Its log:\n" + logTail(), last);
  }

  private static PortBinding binding(int hostPort, int containerPort) {
    return new PortBinding(
        Ports.Binding.bindIpAndPort("127.0.0.1", hostPort), ExposedPort.tcp(containerPort));
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static DockerClient docker() {
    return DockerClientFactory.lazyClient();
  }
}
