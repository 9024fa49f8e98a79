// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
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
  private final Wire wire = new Wire();
  private Session session;
  private FailureWatch watch;

  @BeforeEach
  void open() {
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

  private void heard(String advisory) {
    try {
      byte[] body = advisory.getBytes(StandardCharsets.UTF_8);
      server.handle(NAKS + "jetlane.*", ScriptedConnection.message("n", "", body, null));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Other clients may publish to the subject, and the mover gives tasks back. */
  @Test
  void onlyTheNaksOfWorkersAreCounted() {
    stored(7);
    server.onExchange(
        () -> {
          heard("nonsense");
          heard("[]");
          heard("{}");
          heard("{\"consumer\":\"@later\",\"stream_seq\":7,\"deliveries\":5}");
          heard("{\"stream\":\"jetlane\",\"stream_seq\":7,\"deliveries\":5}");
          heard("{\"consumer\":\"p\",\"stream_seq\":7}");
        });
    List<String> all = new ArrayList<>();
    watch.report(BRIEF, (level, topic, evidence, advice) -> all.add(level + " " + evidence));
    // Each of the two subscriptions is followed by an exchange.
    assertThat(all).containsExactly("OK 2 naks in PT0.000000001S");
  }

  /** The subscription of a priority names its consumer, the report its partition. */
  @Test
  void aTaskOfAPriorityIsReportedWithItsPartition() {
    server.answer(
        "{\"message\":{\"subject\":\"jetlane.0.p.@priority.1\",\"seq\":7,"
            + "\"time\":\"2026-01-01T00:00:00Z\"}}");
    server.onExchange(
        () ->
            heard(
                "{\"stream\":\"jetlane\",\"consumer\":\"p@1\",\"stream_seq\":7,"
                    + "\"deliveries\":4}"));
    report();
    assertThat(warnings)
        .containsExactly("partition p: task seq-7: attempt 4 of 5 ended with a nak");
  }

  /** The same number may be another task of another stream or partition. */
  @Test
  void equalPlacesOfSeveralStreamsAreSeveralTasks() {
    stored(7);
    server.onExchange(
        () -> {
          for (String place : List.of("jetlane,p", "jetlane-1,p", "jetlane,q")) {
            String[] names = place.split(",", -1);
            heard(
                "{\"stream\":\"%s\",\"consumer\":\"%s\",\"stream_seq\":7,\"deliveries\":4}"
                    .formatted(names[0], names[1]));
          }
        });
    report();
    assertThat(warnings).hasSize(3);
  }

  @Test
  void atMostAThousandTasksAreReported() {
    server.onExchange(
        () -> {
          for (int sequence = 1; sequence <= 1_001; sequence++) {
            naked(sequence, 4);
          }
        });
    server.answer("{\"error\":{\"code\":404,\"err_code\":10037,\"description\":\"none\"}}");
    server.forgetCalls();
    report();
    assertThat(server.calls()).filteredOn(call -> call.startsWith("request ")).hasSize(1_000);
  }

  /** The report has no room for further tasks, and is still right about the known ones. */
  @Test
  void aKnownTaskThatFailsAgainIsReportedWithItsLastAttempt() {
    stored(1);
    server.onExchange(
        () -> {
          for (int sequence = 1; sequence <= 1_000; sequence++) {
            naked(sequence, 4);
          }
          naked(1, 5);
        });
    report();
    assertThat(warnings)
        .containsExactly("partition p: task seq-1: attempt 5 of 5 ended with a nak");
  }

  @Test
  void aUserWhoMayNotListenIsToldOnceAndLeavesNothing() {
    server.onExchange(
        () ->
            wire.errorOccurred(
                server.connection(),
                "Permissions Violation for Subscription to \"" + NAKS + "jetlane-1.*\""));
    List<String> all = new ArrayList<>();
    watch.report(BRIEF, (level, topic, evidence, advice) -> all.add(level + " " + evidence));
    assertThat(all).singleElement().asString().startsWith("UNSEEN").contains(NAKS + "jetlane-1.*");
    assertThat(server.calls()).last().isEqualTo("closeDispatcher");
  }

  @Test
  void anInterruptEndsTheWatchAndStaysSet() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> watch.report(Duration.ofMinutes(10), (l, t, e, a) -> {}))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(server.calls()).last().isEqualTo("closeDispatcher");
  }
}
