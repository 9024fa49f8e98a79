// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A call that opens a connection for itself leaves no connection and no thread. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(180)
class UnopenedQueueTest {

  private static final Duration TIMEOUT = Duration.ofMillis(500);

  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    NatsConfig config = NatsConfig.defaults().withText("max_payload: 64KB\n").withMonitoring();
    server = NatsServer.start(config);
  }

  @ParameterizedTest
  @ValueSource(strings = {"connect", "domain", "examine", "listen", "spread"})
  void nothingIsLeft(String call) throws Exception {
    NatsOptions options = TestQueues.options(server);
    NatsOptions small =
        options
            .withQueue(TestQueues.config().withMaxPayloadBytes(1_000))
            .withRequestTimeout(TIMEOUT);
    long before = threads();
    for (int time = 1; time <= 3; time++) {
      switch (call) {
        case "connect" ->
            assertThatThrownBy(() -> NatsQueues.connect(options))
                .isInstanceOf(QueueRejectedException.class);
        case "domain" ->
            assertThatThrownBy(() -> NatsQueues.connect(small.withDomain("nowhere")))
                .isInstanceOf(QueueUnavailableException.class)
                .hasMessageContaining("no JetStream answers");
        case "examine" -> {
          List<Finding> findings = NatsQueues.examine(options);
          assertThat(findings.get(0).evidence()).contains("65536 bytes (max_payload)");
          assertThat(findings.get(0).level()).isEqualTo(Finding.Level.PROBLEM);
        }
        case "listen" ->
            assertThat(NatsQueues.listenForFailures(small, Duration.ofMillis(50))).hasSize(1);
        default ->
            assertThatThrownBy(() -> NatsQueues.spread(small.withStreams(2), Duration.ZERO))
                .isInstanceOf(QueueUnavailableException.class);
      }
    }
    TestQueues.await("no connection after " + call, () -> connections() == 0);
    TestQueues.await("no thread after " + call, () -> threads() <= before);
  }

  /** jnats takes an interrupt for a server that cannot be reached, and clears it. */
  @ParameterizedTest
  @ValueSource(strings = {"connect", "patient", "listen", "examine"})
  void anInterruptEndsTheConnectAndStaysSet(String call) {
    NatsOptions options = TestQueues.options(server).withConnectTimeout(Duration.ofMinutes(2));
    NatsOptions patient = options.withConnectPatience(Duration.ofHours(1));
    long before = threads();
    for (int time = 1; time <= 2; time++) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(
              () -> {
                switch (call) {
                  case "connect" -> NatsQueues.connect(options);
                  case "patient" -> NatsQueues.connect(patient);
                  case "listen" -> NatsQueues.listenForFailures(options, Duration.ofMinutes(1));
                  default -> NatsQueues.examine(options);
                }
              })
          .isInstanceOf(QueueUnavailableException.class)
          .hasMessageContainingAll(options.urls().toString(), "interrupted");
      assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
    }
    TestQueues.await("no thread after " + call, () -> threads() <= before);
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("jetlane-nats"))
        .count();
  }

  private static int connections() {
    URI page = URI.create(server.monitoringUrl()).resolve("/varz");
    try (InputStream in = page.toURL().openStream()) {
      String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return Integer.parseInt(all.replaceAll("(?s).*\"connections\": *([0-9]+),.*", "$1"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
