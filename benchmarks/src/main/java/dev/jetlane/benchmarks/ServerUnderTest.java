// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import dev.jetlane.nats.testing.NatsCluster;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One server or one cluster for a whole run, if one is available. While it is open, benchmarks of
 * this JVM use its URL and start no server.
 */
final class ServerUnderTest implements AutoCloseable {

  static final String URL_PROPERTY = "jetlane.nats.url";
  static final String FAKE_ONLY_PROPERTY = "jetlane.fakeOnly";

  /** The processes of the servers that this JVM or its parent started, separated by commas. */
  private static final String PIDS_PROPERTY = "jetlane.benchmarks.serverPids";

  /** The servers of a cluster, and the copies that each of its streams can have. */
  static final int CLUSTER = 3;

  private static final Duration AGREEMENT = Duration.ofSeconds(60);

  private final @Nullable AutoCloseable server;
  private final String description;
  private final boolean announced;

  private ServerUnderTest(@Nullable AutoCloseable server, String description, boolean announced) {
    this.server = server;
    this.description = description;
    this.announced = announced;
  }

  static ServerUnderTest find() {
    return find("");
  }

  /**
   * Uses the server that already runs, otherwise this binary. If the binary is empty, uses any
   * server that is found.
   */
  static ServerUnderTest find(String binary) {
    if (Boolean.getBoolean(FAKE_ONLY_PROPERTY)) {
      return new ServerUnderTest(null, "-D" + FAKE_ONLY_PROPERTY + "=true", false);
    }
    NatsServer server;
    try {
      server =
          binary.isEmpty() || !url().isEmpty()
              ? NatsServer.start()
              : NatsServer.start(Path.of(binary), NatsConfig.defaults());
    } catch (RuntimeException e) {
      return new ServerUnderTest(null, String.valueOf(e.getMessage()), false);
    }
    String description =
        "nats-server "
            + server.version()
            + (server.managed() ? ", started for this run" : ", which was running already");
    if (server.managed()) {
      announce(server.url(), List.of(server));
    }
    return new ServerUnderTest(server, description, server.managed());
  }

  private static void announce(String url, List<NatsServer> servers) {
    System.setProperty(URL_PROPERTY, url);
    System.setProperty(
        PIDS_PROPERTY,
        servers.stream()
            .map(server -> String.valueOf(server.pid().orElse(0)))
            .collect(Collectors.joining(",")));
  }

  /**
   * Starts three servers, and returns when they can store a stream together. All clients connect to
   * the first one, which leads each stream: see {@link Topology}.
   */
  static ServerUnderTest cluster() throws IOException, InterruptedException {
    if (Boolean.getBoolean(FAKE_ONLY_PROPERTY) || !url().isEmpty()) {
      return new ServerUnderTest(
          null, "this section starts its own cluster, and a server is given", false);
    }
    NatsCluster cluster;
    try {
      cluster = NatsCluster.start(CLUSTER);
    } catch (RuntimeException e) {
      return new ServerUnderTest(null, String.valueOf(e.getMessage()), false);
    }
    NatsServer first = cluster.servers().get(0);
    try {
      awaitAgreement(first.url());
    } catch (IOException e) {
      cluster.close();
      throw e;
    }
    announce(first.url(), cluster.servers());
    String description =
        CLUSTER + " nats-server " + first.version() + ", a cluster that was started for this run";
    return new ServerUnderTest(cluster, description, true);
  }

  private static void awaitAgreement(String url) throws IOException, InterruptedException {
    String stream =
        "{\"name\":\"probe\",\"subjects\":[\"probe\"],\"num_replicas\":" + CLUSTER + "}";
    long start = System.nanoTime();
    try (Wire wire = new Wire(url)) {
      while (true) {
        try {
          wire.request("$JS.API.STREAM.CREATE.probe", stream);
          wire.request("$JS.API.STREAM.DELETE.probe", "");
          return;
        } catch (IOException notYet) {
          if (System.nanoTime() - start >= AGREEMENT.toNanos()) {
            throw notYet;
          }
          Thread.sleep(200);
        }
      }
    }
  }

  /**
   * Like {@link #find(String)}, for callers that need a server.
   *
   * @throws IllegalStateException if there is none
   */
  static ServerUnderTest require(String binary) {
    ServerUnderTest found = find(binary);
    if (!found.isThere()) {
      throw new IllegalStateException(found.description());
    }
    return found;
  }

  boolean isThere() {
    return server != null;
  }

  /** Returns the name of the server, or the reason why there is none. */
  String description() {
    return description;
  }

  /** Returns the URL of the open server; empty if there is none. */
  static String url() {
    return System.getProperty(URL_PROPERTY, "");
  }

  /**
   * Returns the processor time of the servers if this run started them on this machine; otherwise
   * zero.
   */
  long cpuMicros() {
    return Stream.of(pids().split(",", -1))
        .mapToLong(pid -> new ProcessCpu(Long.parseLong(pid)).micros())
        .sum();
  }

  private static String pids() {
    return System.getProperty(PIDS_PROPERTY, "0");
  }

  /** Returns the arguments that make another JVM use this server. */
  List<String> jvmArguments() {
    return List.of("-D" + URL_PROPERTY + "=" + url(), "-D" + PIDS_PROPERTY + "=" + pids());
  }

  @Override
  public void close() {
    if (server != null) {
      if (announced) {
        System.clearProperty(URL_PROPERTY);
        System.clearProperty(PIDS_PROPERTY);
      }
      try {
        server.close();
      } catch (Exception e) {
        throw new IllegalStateException("the server was not stopped", e);
      }
    }
  }
}
