// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.wire.ReplacedCalls;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The errors of the server that are an answer of a call; any other one names the call. */
@Timeout(30)
class ExpectedErrorsTest {

  private static final int NO_STREAM = 10059;
  private static final int NO_CONSUMER = 10014;
  private static final int NO_MESSAGE = 10037;
  private static final int NO_SEQUENCE = 10043;
  private static final int NO_LEADER = 10008;

  private final AnsweringServer server = new AnsweringServer("s");
  private final JetStreamApi api =
      new JetStreamApi(server.wire(), "$JS.API.", "_INBOX", Duration.ofSeconds(20), "errors");
  private final long deadlineNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  private @Nullable JetStreamApi ofSilent;

  @AfterEach
  void close() {
    api.close();
    if (ofSilent != null) {
      ofSilent.close();
    }
  }

  private interface Call {
    @Nullable Object run();
  }

  private record Row(String what, Set<Integer> expected, @Nullable Object meaning, Call call) {}

  private static List<Row> rows(JetStreamApi api, long deadlineNanos) {
    StoredMessages stored = new StoredMessages(api);
    return List.of(
        new Row(
            "inspect stream s", Set.of(NO_STREAM), null, () -> api.streamInfo("s", deadlineNanos)),
        new Row(
            "inspect partition c",
            Set.of(NO_STREAM, NO_CONSUMER),
            null,
            () -> api.consumerInfo("s", "c", deadlineNanos)),
        new Row(
            "count the messages of s",
            Set.of(NO_STREAM),
            0L,
            () -> api.messages("s", "a", deadlineNanos)),
        new Row(
            "count the messages of s",
            Set.of(NO_STREAM),
            Map.of(),
            () -> api.subjects("s", "a", deadlineNanos)),
        new Row(
            "purge p", Set.of(NO_STREAM), 0L, () -> api.purge("purge p", "s", "a", deadlineNanos)),
        new Row(
            "read on",
            Set.of(NO_STREAM, NO_MESSAGE),
            null,
            () -> stored.next("read on", "s", 7, "a", deadlineNanos)),
        new Row(
            "read the last one",
            Set.of(NO_STREAM, NO_MESSAGE),
            null,
            () -> stored.last("read the last one", "s", "a", deadlineNanos)),
        new Row(
            "remove t",
            Set.of(NO_MESSAGE, NO_SEQUENCE),
            false,
            () -> stored.remove("remove t", "s", 7, deadlineNanos)));
  }

  @Test
  void eachCallKnowsItsExpectedErrorsAndNamesItselfInOthers() {
    for (Row row : rows(api, deadlineNanos)) {
      for (int code : List.of(NO_STREAM, NO_CONSUMER, NO_MESSAGE, NO_SEQUENCE, NO_LEADER)) {
        server.answer("", body -> AnsweringServer.error(404, code));
        if (row.expected.contains(code)) {
          assertThat(row.call.run()).as("%s: %d", row.what, code).isEqualTo(row.meaning);
        } else {
          assertThatThrownBy(row.call::run)
              .as("%s: %d", row.what, code)
              .isInstanceOf(QueueUnavailableException.class)
              .hasMessage(row.what + ": planted (" + code + ")");
        }
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final CountDownLatch never = new CountDownLatch(1);
  private final ScriptedConnection silent = new ScriptedConnection();
  private final Wire wire = new Wire();

  /** Returns the calls to a server that does not answer, with five minutes for each exchange. */
  private List<Row> unanswered(long allowedNanos) {
    silent.onCall(() -> await(never));
    wire.bind(
        new ReplacedCalls(silent.connection())
            .with("requestWithTimeout", none -> ReplacedCalls.result(new CompletableFuture<>()))
            .connection());
    JetStreamApi patient =
        new JetStreamApi(wire, "$JS.API.", "_INBOX", Duration.ofMinutes(5), "silent");
    ofSilent = patient;
    return rows(patient, System.nanoTime() + allowedNanos);
  }

  private static Class<?> withoutAnAnswer(Row row) {
    return row.what.matches("(purge|remove).*")
        ? OutcomeUnknownException.class
        : QueueUnavailableException.class;
  }

  /** The deadline of a call is that of all its exchanges, and none of them takes another one. */
  @Test
  void eachCallEndsByItsDeadlineWithoutAnAnswer() {
    for (Row row : unanswered(-1)) {
      assertThatThrownBy(row.call::run)
          .isInstanceOf(withoutAnAnswer(row))
          .hasMessage(row.what + ": JetStream does not answer");
    }
  }

  @Test
  void eachCallEndsWithAnInterruptAndKeepsIt() {
    for (Row row : unanswered(TimeUnit.MINUTES.toNanos(5))) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(row.call::run)
          .isInstanceOf(withoutAnAnswer(row))
          .hasMessage(row.what + ": interrupted");
      assertThat(Thread.interrupted()).as("the interrupt stays: %s", row.what).isTrue();
    }
  }

  @Test
  void eachCallWithoutAConnectionOrAfterTheCloseSaysThatNothingWasDone() {
    List<Row> rows = unanswered(TimeUnit.MINUTES.toNanos(5));
    silent.disconnect();
    for (Row row : rows) {
      assertThatThrownBy(row.call::run)
          .isInstanceOf(QueueUnavailableException.class)
          .hasMessageStartingWith(row.what + ": the connection is down");
    }
    silent.connect();
    wire.monitor().markClosed();
    for (Row row : rows) {
      assertThatThrownBy(row.call::run)
          .as(row.what)
          .isInstanceOf(QueueClosedException.class)
          .hasMessage("the queue is closed");
    }
    assertThat(silent.calls()).as("nothing was sent").isEmpty();
  }
}
