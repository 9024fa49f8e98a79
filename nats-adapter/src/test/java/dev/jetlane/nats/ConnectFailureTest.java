package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.QueueUnavailableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A connect that fails says why. */
@Timeout(60)
class ConnectFailureTest {

  private static final NatsOptions OPTIONS =
      NatsOptions.defaults().withConnectTimeout(Duration.ofMillis(500));

  private static void fails(String url, String why) {
    assertThatThrownBy(() -> NatsQueues.connect(OPTIONS.withUrl(url)))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining(why);
  }

  @Test
  void nothingListens() throws IOException {
    int port;
    try (ServerSocket socket = listening()) {
      port = socket.getLocalPort();
    }
    fails("nats://127.0.0.1:" + port, "connection refused");
  }

  @Test
  void theHostIsUnknown() {
    fails("nats://no-such-host.invalid:4222", "unknown host no-such-host.invalid");
  }

  @Test
  void nothingAnswers() throws IOException {
    try (ServerSocket silent = listening()) {
      fails("nats://127.0.0.1:" + silent.getLocalPort(), "no answer within the connect timeout");
    }
  }

  @Test
  void anotherProtocolAnswers() throws Exception {
    try (ServerSocket http = listening()) {
      Thread server = new Thread(() -> answer(http), "not-nats");
      server.start();
      fails("nats://127.0.0.1:" + http.getLocalPort(), "not a nats-server");
      http.close();
      server.join();
    }
  }

  private static ServerSocket listening() throws IOException {
    return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  private static void answer(ServerSocket server) {
    byte[] answer = "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        socket.getOutputStream().write(answer);
      } catch (IOException closed) {
        // The loop looks.
      }
    }
  }
}
