// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Servers of one cluster, on loopback. */
public final class NatsCluster implements AutoCloseable {

  private final List<NatsServer> servers;

  private NatsCluster(List<NatsServer> servers) {
    this.servers = List.copyOf(servers);
  }

  /**
   * Starts a cluster. Server {@code n0} has the tag {@code tag-n0}, for the placement of streams.
   * Returns when each server accepts clients; that they have found each other and agreed on a
   * leader takes some seconds more.
   *
   * @param size how many servers
   * @return the cluster, to be closed by the caller
   */
  public static NatsCluster start(int size) {
    List<Integer> ports = freePorts(size);
    String routes =
        ports.stream()
            .map(port -> "\"nats://127.0.0.1:" + port + "\"")
            .collect(Collectors.joining(", "));
    List<NatsServer> servers = new ArrayList<>();
    try {
      for (int i = 0; i < size; i++) {
        String text =
            "server_name: "
                + name(i)
                + "\nserver_tags: [tag-"
                + name(i)
                + "]"
                + "\ncluster {\n  name: jetlane\n  no_advertise: true\n  listen: \"127.0.0.1:"
                + ports.get(i)
                + "\"\n  routes: ["
                + routes
                + "]\n}\n";
        servers.add(NatsServer.start(NatsConfig.defaults().withText(text)));
      }
      return new NatsCluster(servers);
    } catch (RuntimeException e) {
      servers.forEach(NatsServer::close);
      throw e;
    }
  }

  /**
   * Starts clusters of one server each, {@code n0} in cluster {@code c0} and so on, joined by
   * gateways. Returns when each server accepts clients.
   *
   * @param count how many clusters
   * @return the servers of all of them, to be closed by the caller
   */
  public static NatsCluster startJoined(int count) {
    List<Integer> ports = freePorts(2 * count);
    StringBuilder gateways = new StringBuilder();
    for (int i = 0; i < count; i++) {
      gateways.append(
          "    { name: c%d, url: \"nats://127.0.0.1:%d\" }%n".formatted(i, ports.get(i)));
    }
    List<NatsServer> servers = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        String text =
            """
            server_name: %s
            cluster {
              name: c%d
              no_advertise: true
              listen: "127.0.0.1:%d"
              routes: ["nats://127.0.0.1:%d"]  # to itself: JetStream wants one
            }
            gateway {
              name: c%d
              listen: "127.0.0.1:%d"
              gateways: [
            %s  ]
            }
            """
                .formatted(
                    name(i),
                    i,
                    ports.get(count + i),
                    ports.get(count + i),
                    i,
                    ports.get(i),
                    gateways);
        servers.add(NatsServer.start(NatsConfig.defaults().withText(text)));
      }
      return new NatsCluster(servers);
    } catch (RuntimeException e) {
      servers.forEach(NatsServer::close);
      throw e;
    }
  }

  /**
   * The servers, in the order of their names.
   *
   * @return immutable
   */
  public List<NatsServer> servers() {
    return servers;
  }

  /**
   * The server that the cluster knows by this name.
   *
   * @param name such as a stream's leader
   * @return the server
   */
  public NatsServer server(String name) {
    return servers.get(Integer.parseInt(name.substring(1)));
  }

  /**
   * Where clients connect.
   *
   * @return the addresses of all servers
   */
  public List<String> urls() {
    return servers.stream().map(NatsServer::url).toList();
  }

  @Override
  public void close() {
    servers.forEach(NatsServer::close);
  }

  private static String name(int index) {
    return "n" + index;
  }

  private static List<Integer> freePorts(int count) {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      List<Integer> ports = sockets.stream().map(ServerSocket::getLocalPort).toList();
      for (ServerSocket socket : sockets) {
        socket.close();
      }
      return ports;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
