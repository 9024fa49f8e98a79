// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import dev.jetlane.nats.NatsOptions;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A server that clients reach in one of the ways of {@code docs/places.md}: directly, through an
 * account import, through a leaf node, through websockets with TLS. The subjects of all queues
 * start with {@link #ROOT}.
 */
public final class NatsPlace implements AutoCloseable {

  /** What an account can import as a whole. */
  public static final String ROOT = "kit";

  /** Where a server is. */
  public enum Kind {
    /** Clients and JetStream are in one account of one server. */
    HERE,
    /** JetStream is in another account, which exports its API and subjects. */
    IMPORT,
    /** JetStream is in the domain of a hub, clients at a leaf node that has JetStream too. */
    LEAF,
    /** Clients come by websockets with TLS. */
    WEBSOCKET
  }

  private final List<NatsServer> servers;
  private final UnaryOperator<NatsOptions> way;
  private final UnaryOperator<NatsOptions> jetStream;
  private final Options administrator;
  private final List<ServerFolder> folders;

  private NatsPlace(
      List<NatsServer> servers,
      UnaryOperator<NatsOptions> way,
      UnaryOperator<NatsOptions> jetStream,
      Options administrator) {
    this(servers, way, jetStream, administrator, List.of());
  }

  /**
   * @param way how clients reach the first server
   * @param jetStream how they reach JetStream from there
   * @param folders to be deleted with the place
   */
  private NatsPlace(
      List<NatsServer> servers,
      UnaryOperator<NatsOptions> way,
      UnaryOperator<NatsOptions> jetStream,
      Options administrator,
      List<ServerFolder> folders) {
    this.servers = servers;
    this.way = way;
    this.jetStream = jetStream;
    this.administrator = administrator;
    this.folders = folders;
  }

  /**
   * Starts the servers of a place.
   *
   * @return the place, to be closed by the caller
   */
  public static NatsPlace start(Kind kind) {
    return switch (kind) {
      case HERE -> here(NatsConfig.defaults());
      case IMPORT -> imported();
      case LEAF -> leaf();
      case WEBSOCKET -> websocket();
    };
  }

  /**
   * Starts a server that clients reach directly.
   *
   * @param config its settings
   * @return the place, to be closed by the caller
   */
  public static NatsPlace here(NatsConfig config) {
    NatsServer server = NatsServer.start(config);
    return new NatsPlace(
        List.of(server),
        options -> options.withUrl(server.url()),
        options -> options,
        options(server).build());
  }

  /** The configuration of the page. */
  public static final String ACCOUNTS =
      """
      accounts {
        QUEUE {
          jetstream: enabled
          users: [ { user: queue, password: queue } ]
          exports: [
            { service: "$JS.API.>", response_type: stream }  # pulls have many answers
            { service: "$JS.ACK.>" }                         # acks, and their confirmations
            { service: "kit.>" }                             # pushes, and their confirmations
          ]
        }
        APP {
          users: [ { user: app, password: app } ]
          imports: [
            { service: { account: QUEUE, subject: "$JS.API.>" }, to: "queue.API.>" }
            { service: { account: QUEUE, subject: "$JS.ACK.>" } }
            { service: { account: QUEUE, subject: "kit.>" } }
          ]
        }
      }
      """;

  private static NatsPlace imported() {
    NatsServer server = NatsServer.start(NatsConfig.defaults().withText(ACCOUNTS));
    return new NatsPlace(
        List.of(server),
        options -> options.withUrl(server.url()),
        options -> options.withUser("app", "app".toCharArray()).withApiPrefix("queue.API"),
        options(server).userInfo("queue", "queue").build());
  }

  private static NatsPlace leaf() {
    int port = freePort();
    String hubText =
        """
        server_name: hub
        jetstream { domain: hub }
        leafnodes { listen: "127.0.0.1:%d" }
        """;
    String leafText =
        """
        server_name: leaf
        jetstream { domain: leaf }
        leafnodes { remotes: [ { url: "nats://127.0.0.1:%d" } ] }
        """;
    NatsServer hub = NatsServer.start(NatsConfig.defaults().withText(hubText.formatted(port)));
    try {
      NatsServer leaf = NatsServer.start(NatsConfig.defaults().withText(leafText.formatted(port)));
      return new NatsPlace(
          List.of(leaf, hub),
          options -> options.withUrl(leaf.url()),
          options -> options.withDomain("hub"),
          options(hub).build());
    } catch (RuntimeException e) {
      hub.close();
      throw e;
    }
  }

  private static NatsPlace websocket() {
    int port = freePort();
    ServerFolder folder = ServerFolder.create("");
    try {
      Certificates certificates = Certificates.make(folder.path(), "server", "ip:127.0.0.1", 1);
      String text =
          """
          websocket {
            listen: "127.0.0.1:%d"
            tls { cert_file: "%s", key_file: "%s" }
          }
          """;
      NatsServer server =
          NatsServer.start(
              NatsConfig.defaults()
                  .withText(
                      text.formatted(port, certificates.pemCertificate(), certificates.pemKey())));
      var context = Certificates.context(certificates, null);
      return new NatsPlace(
          List.of(server),
          options -> options.withUrl("wss://127.0.0.1:" + port).withSslContext(context),
          options -> options,
          options(server).build(),
          List.of(folder));
    } catch (Exception e) {
      folder.delete();
      throw new IllegalStateException(e);
    }
  }

  /** These options for a client at this place. */
  public NatsOptions options(NatsOptions base) {
    return way.apply(jetStream.apply(base));
  }

  /**
   * Returns these options for a client of {@link #server} behind a proxy, which reads neither TLS
   * nor websockets.
   */
  public NatsOptions options(NatsOptions base, String proxy) {
    return jetStream.apply(base).withUrl(proxy);
  }

  /**
   * A connection to the account that JetStream is in, by the shortest way.
   *
   * @return the connection, to be closed by the caller
   */
  public Connection administrator() throws IOException, InterruptedException {
    return Nats.connect(administrator);
  }

  /** The server that clients connect to. */
  public NatsServer server() {
    return servers.get(0);
  }

  /** The server that JetStream is on. */
  public NatsServer queueServer() {
    return servers.get(servers.size() - 1);
  }

  @Override
  public void close() {
    List<NatsServer> all = new ArrayList<>(servers);
    all.forEach(NatsServer::close);
    folders.forEach(ServerFolder::delete);
  }

  private static Options.Builder options(NatsServer server) {
    return Jnats.options(server.url());
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
