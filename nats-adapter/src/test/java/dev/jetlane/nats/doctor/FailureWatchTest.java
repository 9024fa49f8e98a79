// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueConfig;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The subscriptions of the watch, and its reports. */
@Timeout(60)
class FailureWatchTest {

  private static final String NAKS = "$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED.";
  private static final Duration BRIEF = Duration.ofNanos(1);

  private final ScriptedConnection server = new ScriptedConnection();
  private final List<String> warnings = new ArrayList<>();
  private Session session;
  private FailureWatch watch;

  @BeforeEach
  void open() {
    Wire wire = new Wire();
    wire.bind(server.connection());
    NatsOptions options =
        NatsOptions.defaults()
            .withStreams(2)
            .withQueue(QueueConfig.defaults().withMaxDeliveries(5));
    session = new Session(TestQueues.settings(options), wire, DriverEvents.none());
    watch = new FailureWatch(session);
    server.forgetCalls();
  }

  @AfterEach
  void close() {
    session.close();
  }

  private void report() {
    watch.report(
        BRIEF,
        (level, topic, evidence, advice) -> {
          if (level == Examination.Level.WARNING) {
            warnings.add(topic + ": " + evidence);
          }
        });
  }

  private void naked(int sequence, int deliveries) {
    String text = "{\"stream\":\"jetlane\",\"consumer\":\"p\",\"stream_seq\":%d,\"deliveries\":%d}";
    byte[] advisory = text.formatted(sequence, deliveries).getBytes(StandardCharsets.UTF_8);
    try {
      server.handle(NAKS + "jetlane.*", ScriptedConnection.message("n", "", advisory, null));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void stored(int sequence) {
    server.answer(
        "{\"message\":{\"subject\":\"jetlane.p\",\"seq\":%d,\"time\":\"2026-01-01T00:00:00Z\"}}"
            .formatted(sequence));
  }

  @Test
  void everyStreamIsWatchedAndNothingRemains() {
    report();
    report();
    List<String> once =
        List.of(
            "subscribe " + NAKS + "jetlane.*",
            "flush",
            "subscribe " + NAKS + "jetlane-1.*",
            "flush",
            "closeDispatcher");
    List<String> twice = new ArrayList<>(once);
    twice.addAll(once);
    assertThat(server.calls()).isEqualTo(twice);
  }

  /** Each task is reported once, however often it fails. */
  @Test
  void theLastTwoAttemptsAreNear() {
    stored(7);
    server.onExchange(
        () -> {
          naked(7, 3);
          naked(7, 5);
          naked(7, 4);
        });
    report();
    assertThat(warnings)
        .containsExactly("partition p: task seq-7: attempt 5 of 5 ended with a nak");
  }

  /** The task was acked or dead-lettered, so the server answers with the next one. */
  @Test
  void aRemovedTaskIsNotReported() {
    stored(8);
    server.onExchange(() -> naked(7, 4));
    report();
    assertThat(warnings).isEmpty();
  }
}
