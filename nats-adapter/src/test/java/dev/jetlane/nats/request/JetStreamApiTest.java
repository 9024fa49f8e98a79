// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.Connection;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Exchanges with the server's JetStream API. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
class JetStreamApiTest {

  /** Otherwise the caller would wait for its deadline and blame the server. */
  @Test
  void anErrorOnTheThreadOfAnExchangeReachesTheCaller() throws Exception {
    OutOfMemoryError planted = new OutOfMemoryError("planted");
    try (NatsServer server = NatsServer.start();
        Connection connection = Jnats.connect(server.url())) {
      Wire wire = new Wire();
      wire.bind(connection);
      JetStreamApi api =
          new JetStreamApi(wire, "$JS.API.", "_INBOX", Duration.ofSeconds(20), "test");
      long deadlineNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
      assertThatThrownBy(
              () ->
                  api.ask(
                      "look",
                      "INFO",
                      deadlineNanos,
                      management -> {
                        throw planted;
                      }))
          .isSameAs(planted);
      api.close();
    }
  }

  /** A call that passed its check before the close, and one on another thread. */
  @Test
  void anExchangeDuringTheCloseReportsAClosedQueue() {
    Wire wire = new Wire();
    wire.bind(new ScriptedConnection().connection());
    JetStreamApi api = new JetStreamApi(wire, "$JS.API.", "_INBOX", Duration.ofSeconds(20), "test");
    api.close();
    long deadlineNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    assertThatThrownBy(() -> api.streamInfo("jetlane", deadlineNanos))
        .isInstanceOf(QueueClosedException.class);
    assertThat(api.runAsync(() -> {}))
        .failsWithin(Duration.ofMinutes(1))
        .withThrowableThat()
        .withCauseInstanceOf(QueueClosedException.class);
  }

  @Test
  void anInterruptedExchangeLeavesTheInterruptSet() {
    Wire wire = new Wire();
    wire.bind(new ScriptedConnection().connection());
    JetStreamApi api = new JetStreamApi(wire, "$JS.API.", "_INBOX", Duration.ofSeconds(20), "test");
    long deadlineNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    CompletableFuture<String> answer = new CompletableFuture<>();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> api.ask("look", "INFO", deadlineNanos, management -> answer.join()))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
    answer.complete("");
    api.close();
  }
}
