// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.nats.testing.FaultProxy.Way;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The faults of the network, between a client and an echo server. */
@Timeout(120)
class FaultProxyTest {

  private static final int SILENCE_MILLIS = 300;
  private static final int PATIENCE_MILLIS = 60_000;

  private ServerSocket echo;
  private FaultProxy proxy;

  @BeforeEach
  void open() throws IOException {
    echo = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread server = new Thread(this::serve, "echo");
    server.setDaemon(true);
    server.start();
    proxy = FaultProxy.to("nats://127.0.0.1:" + echo.getLocalPort(), 1);
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    echo.close();
  }

  @Test
  void carriesBytesBothWaysAndCountsThem() throws IOException {
    try (Socket client = connect()) {
      assertThat(echoed(client, 100_000)).isTrue();
      assertThat(proxy.connections()).isEqualTo(1);
      assertThat(proxy.bytes(Way.TO_SERVER)).isEqualTo(100_000);
      assertThat(proxy.bytes(Way.TO_CLIENT)).isEqualTo(100_000);
    }
  }

  @Test
  void aCutEndsTheStreamAndANewConnectionWorks() throws IOException {
    try (Socket client = connect()) {
      assertThat(echoed(client, 10)).isTrue();
      proxy.cut();
      assertThat(ends(client)).isTrue();
    }
    try (Socket client = connect()) {
      assertThat(echoed(client, 10)).isTrue();
    }
  }

  @Test
  void aResetIsAnError() throws IOException {
    try (Socket client = connect()) {
      assertThat(echoed(client, 10)).isTrue();
      proxy.reset();
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void aBlackHoleIsSilentAndThenContinuesWithoutLoss() throws IOException {
    try (Socket client = connect()) {
      assertThat(echoed(client, 10)).isTrue();
      proxy.blackHole(true);
      client.getOutputStream().write(new byte[5]);
      assertSilent(client);
      proxy.heal();
      client.setSoTimeout(PATIENCE_MILLIS);
      assertThat(client.getInputStream().readNBytes(5)).hasSize(5);
    }
  }

  @Test
  void aStallOfOneDirectionLetsTheOtherThrough() throws IOException {
    try (Socket client = connect()) {
      assertThat(echoed(client, 10)).isTrue();
      proxy.stall(Way.TO_CLIENT, true);
      client.getOutputStream().write(new byte[5]);
      while (proxy.bytes(Way.TO_SERVER) < 15) {
        Pauses.brief();
      }
      assertSilent(client);
    }
  }

  @Test
  void aConnectionEndsAfterANumberOfBytesAndTheNextOneDoesNot() throws IOException {
    proxy.resetAfter(Way.TO_SERVER, 7);
    try (Socket client = connect()) {
      client.getOutputStream().write(new byte[20]);
      assertThatThrownBy(() -> new DataInputStream(client.getInputStream()).readFully(new byte[20]))
          .isInstanceOf(IOException.class);
    }
    try (Socket client = connect()) {
      assertThat(echoed(client, 20)).isTrue();
    }
  }

  @Test
  void delayAndThrottleSlowTheConnection() throws IOException {
    try (Socket client = connect()) {
      proxy.delay(Duration.ofMillis(100), Duration.ofMillis(50));
      long start = System.nanoTime();
      assertThat(echoed(client, 10)).isTrue();
      assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(199));
      proxy.heal();
      proxy.throttle(10_000);
      start = System.nanoTime();
      assertThat(echoed(client, 2_000)).isTrue();
      assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(399));
    }
  }

  @Test
  void refusesOnRequestAndWithoutAServer() throws IOException {
    proxy.refuse(true);
    try (Socket client = connect()) {
      assertThat(ends(client)).isTrue();
    }
    try (FaultProxy toNobody = FaultProxy.to("nats://127.0.0.1:" + unusedPort(), 1);
        Socket client = connect(toNobody)) {
      assertThat(ends(client)).isTrue();
    }
  }

  @Test
  void closingEndsItsConnectionsAlsoInABlackHole() throws IOException {
    try (Socket client = connect()) {
      assertThat(echoed(client, 10)).isTrue();
      proxy.blackHole(true);
      client.getOutputStream().write(1);
      proxy.close();
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
      assertThat(proxy.connections()).isZero();
    }
  }

  private Socket connect() throws IOException {
    return connect(proxy);
  }

  private static int unusedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Socket connect(FaultProxy proxy) throws IOException {
    URI url = URI.create(proxy.url());
    Socket client = new Socket(url.getHost(), url.getPort());
    client.setSoTimeout(PATIENCE_MILLIS);
    return client;
  }

  private static boolean echoed(Socket client, int bytes) throws IOException {
    client.getOutputStream().write(new byte[bytes]);
    return client.getInputStream().readNBytes(bytes).length == bytes;
  }

  /** Whether the stream has ended, by FIN or by RST. */
  private static boolean ends(Socket client) throws IOException {
    try {
      return client.getInputStream().read() < 0;
    } catch (SocketException reset) {
      return true;
    }
  }

  private static void assertSilent(Socket client) throws IOException {
    client.setSoTimeout(SILENCE_MILLIS);
    assertThatThrownBy(() -> client.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
  }

  private void serve() {
    while (true) {
      try (Socket client = echo.accept()) {
        client.getInputStream().transferTo(client.getOutputStream());
      } catch (IOException e) {
        if (echo.isClosed()) {
          return;
        }
      }
    }
  }
}
