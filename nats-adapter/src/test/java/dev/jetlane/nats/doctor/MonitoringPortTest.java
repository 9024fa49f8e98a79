// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The monitoring port of a server, played by this test. */
@Timeout(60)
class MonitoringPortTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private volatile String page = "";
  private HttpServer server;
  private URI address;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    server.createContext(
        "/",
        exchange -> {
          boolean right = exchange.getRequestURI().getPath().equals("/varz");
          byte[] body = page.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(right ? 200 : 404, right ? body.length : -1);
          if (right) {
            exchange.getResponseBody().write(body);
          }
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"jetstream\":{\"config\":{\"sync_interval\":120000000000}}}|PT2M",
        "{\"sync_interval\": 0}|PT0S",
        "{\"sync_interval\": 120000000000, \"sync_always\": true}|always",
        "{\"sync_always\":true}|always",
        "{\"sync_always\": false, \"sync_interval\":  5}|PT0.000000005S"
      })
  void theIntervalIsRead(String json, String interval) throws Exception {
    page = json;
    for (String path : new String[] {"", "/", "/connz"}) {
      String read = new MonitoringPort(address.resolve(path), MINUTE).syncInterval();
      assertThat(read).startsWith(interval);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"{}", "''", "{\"sync_always\":false}"})
  void aPageWithoutAnIntervalIsAnError(String json) {
    page = json;
    MonitoringPort port = new MonitoringPort(address, MINUTE);
    assertThatThrownBy(port::syncInterval)
        .isInstanceOf(IOException.class)
        .hasMessage("/varz does not contain sync_interval");
  }

  /** The port accepts the connection, and closes it much later without an answer. */
  @Test
  void aSilentPortEndsAtTheTimeout() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      URI there = URI.create("http://127.0.0.1:" + silent.getLocalPort());
      CountDownLatch over = new CountDownLatch(1);
      Thread muchLater = new Thread(() -> closeAfter(silent, over));
      muchLater.start();
      MonitoringPort port = new MonitoringPort(there, Duration.ofMillis(50));
      assertThatThrownBy(port::syncInterval).isInstanceOf(SocketTimeoutException.class);
      over.countDown();
      muchLater.join();
    }
  }

  private static void closeAfter(ServerSocket silent, CountDownLatch over) {
    try (Socket accepted = silent.accept()) {
      assertThat(accepted.isConnected()).isTrue();
      boolean unused = over.await(5, TimeUnit.SECONDS);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A timeout beyond the largest number of milliseconds is practically none. */
  @Test
  void theLargestTimeoutIsUsable() throws Exception {
    page = "{\"sync_interval\":1}";
    assertThat(new MonitoringPort(address, Duration.ofDays(10_000)).syncInterval())
        .isEqualTo("PT0.000000001S");
  }
}
