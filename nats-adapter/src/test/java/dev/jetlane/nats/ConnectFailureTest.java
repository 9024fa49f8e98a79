// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.QueueUnavailableException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The message of a failed connect names the reason. */
@Timeout(120)
class ConnectFailureTest {

  private static void fails(String url, String why) {
    fails(NatsOptions.defaults().withConnectTimeout(TestQueues.SOON), url, why);
  }

  private static void fails(NatsOptions options, String url, String why) {
    assertThatThrownBy(() -> NatsQueues.connect(options.withUrl(url)))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining(why);
  }

  @Test
  void aRefusedConnectionIsNamed() throws IOException {
    int port;
    try (ServerSocket socket = listening()) {
      port = socket.getLocalPort();
    }
    fails("nats://127.0.0.1:" + port, "connection refused");
  }

  @Test
  void anUnknownHostIsNamed() {
    fails("nats://no-such-host.invalid:4222", "unknown host no-such-host.invalid");
  }

  @Test
  void aSilentServerIsNamed() throws IOException {
    try (ServerSocket silent = listening()) {
      NatsOptions hasty = NatsOptions.defaults().withConnectTimeout(Duration.ofMillis(500));
      String url = "nats://127.0.0.1:" + silent.getLocalPort();
      fails(hasty, url, "no answer within the connect timeout");
    }
  }

  @Test
  void anotherProtocolIsNamed() throws Exception {
    failsWhereAnswered("nats", "HTTP/1.1 400 Bad Request\r\n\r\n", "not a nats-server");
  }

  /** The server announces TLS, and then speaks another protocol. */
  @Test
  void aTlsFailureIsNamed() throws Exception {
    String info =
        "INFO {\"server_id\":\"id\",\"version\":\"2.10.0\",\"proto\":1,"
            + "\"max_payload\":1048576,\"tls_required\":true}\r\n";
    failsWhereAnswered("tls", info + "this is not TLS\r\n", "TLS failed: ");
  }

  private static void failsWhereAnswered(String scheme, String answer, String why)
      throws Exception {
    try (ServerSocket socket = listening()) {
      Thread server = new Thread(() -> answer(socket, answer), "not-nats");
      server.start();
      fails(scheme + "://127.0.0.1:" + socket.getLocalPort(), why);
      socket.close();
      server.join();
    }
  }

  private static ServerSocket listening() throws IOException {
    return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  /** Reads the client's bytes: unread bytes would reset the connection. */
  private static void answer(ServerSocket server, String answer) {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        socket.shutdownOutput();
        var unused = socket.getInputStream().transferTo(OutputStream.nullOutputStream());
      } catch (IOException closed) {
        // The loop checks whether the server is closed.
      }
    }
  }
}
