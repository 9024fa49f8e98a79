// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.request.Request.Repeat;
import dev.jetlane.nats.wire.ReplacedCalls;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sweeps of the request table: repetitions, deadlines, and the wait for the last request. */
@Timeout(60)
class RequestTimesTest {

  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
  private static final long SHORT = TimeUnit.MILLISECONDS.toNanos(60);

  private final ScriptedConnection server = new ScriptedConnection();
  private final Wire wire = new Wire();
  private Session session;

  @BeforeEach
  void open() {
    wire.bind(server.connection());
    session = new Session(TestQueues.settings(NatsOptions.defaults()), wire, DriverEvents.none());
  }

  @AfterEach
  void close() {
    session.close();
  }

  private SentRecord send(Repeat repeat, long allowedNanos) {
    SentRecord request = new SentRecord(repeat, "recorder");
    long deadlineNanos = System.nanoTime() + allowedNanos;
    var unused = session.requests.send(request, Urgency.PIPELINED, deadlineNanos);
    return request;
  }

  private void answer(SentRecord request, String text) throws Exception {
    TestQueues.await("sent", () -> !server.lastReplyTo().isEmpty());
    String inbox = server.lastReplyTo().substring(0, server.lastReplyTo().lastIndexOf('.') + 1);
    byte[] body = text.getBytes(StandardCharsets.US_ASCII);
    server.handle(inbox + "*", ScriptedConnection.message(inbox + request.token, "", body, null));
  }

  private void awaitTries(SentRecord request, int tries) {
    TestQueues.await(tries + " tries", () -> request.tries >= tries);
  }

  @Test
  void anUnansweredRequestHasAnUnknownOutcomeAtItsDeadline() {
    SentRecord request = new SentRecord(Repeat.ALWAYS, "recorder");
    wire.errorOccurred(server.connection(), "an earlier error");
    assertThatThrownBy(
            () -> {
              long deadlineNanos = System.nanoTime() + SHORT;
              var unused = session.requests.call(request, deadlineNanos);
            })
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageStartingWith("record: no answer within PT0.0")
        .hasMessageNotContaining("earlier");
    assertThat(System.nanoTime() - request.deadlineNanos).as("not early").isNotNegative();
  }

  @Test
  void theErrorOfTheServerDuringARequestIsItsReason() {
    server.onPublish((replyTo, body) -> wire.errorOccurred(server.connection(), "a slow consumer"));
    SentRecord request = new SentRecord(Repeat.NEVER, "recorder");
    assertThatThrownBy(() -> session.requests.call(request, System.nanoTime() + SHORT))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageContaining("(the server says: a slow consumer)");
    assertThat(request.tries).isEqualTo(1);
  }

  /** A refusal on a connection of the caller is seen only by a look at it. */
  @Test
  void aRequestWhoseSubjectIsDeniedSaysThatAtItsDeadline() {
    SentRecord request = new SentRecord(Repeat.NEVER, "recorder");
    server.onPublish(
        (replyTo, body) -> {
          session.monitor.forget(session.requests);
          wire.errorOccurred(
              server.connection(), "Permissions Violation for Publish to \"recorder\"");
        });
    assertThatThrownBy(() -> session.requests.call(request, System.nanoTime() + SHORT))
        .isInstanceOf(PermissionDeniedException.class)
        .hasMessageEndingWith("recorder");
  }

  /** The connection is kept when the right is granted, so no reconnect ends the refusal. */
  @Test
  void anAnswerEndsTheRefusalOfItsSubject() throws Exception {
    wire.errorOccurred(server.connection(), "Permissions Violation for Publish to \"recorder\"");
    SentRecord first = send(Repeat.NEVER, MINUTE);
    answer(first, "done");
    SentRecord unanswered = new SentRecord(Repeat.NEVER, "recorder");
    assertThatThrownBy(() -> session.requests.call(unanswered, System.nanoTime() + SHORT))
        .isInstanceOf(OutcomeUnknownException.class);
  }

  /** The refusal may be that of an earlier request, or of one of the tries. */
  @Test
  void aRefusalIsNotTheOutcomeOfARepeatedRequest() {
    wire.errorOccurred(server.connection(), "Permissions Violation for Publish to \"recorder\"");
    SentRecord request = SentRecord.always();
    assertThatThrownBy(() -> session.requests.call(request, System.nanoTime() + 4 * SHORT))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageEndingWith("the subject recorder, after an unanswered try");
  }

  /** On a connection of the caller nothing but a look at it reports a refusal. */
  @Test
  void aRefusalOnAConnectionOfTheCallerEndsItsRequestLongBeforeTheDeadline() {
    String[] lastError = {null};
    ReplacedCalls calls =
        new ReplacedCalls(server.connection()).with("getLastError", none -> lastError[0]);
    Wire theirs = new Wire();
    theirs.bind(calls.connection());
    Session other =
        new Session(TestQueues.settings(NatsOptions.defaults()), theirs, DriverEvents.none());
    server.onPublish(
        (replyTo, body) -> lastError[0] = "Permissions Violation for Publish to \"recorder\"");
    SentRecord request = new SentRecord(Repeat.NEVER, "recorder");
    var unused = other.requests.send(request, Urgency.PIPELINED, System.nanoTime() + MINUTE);
    assertThat(request)
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableThat()
        .withCauseInstanceOf(PermissionDeniedException.class)
        .withMessageContaining("recorder");
    other.close();
  }

  /** It reached no server, so even a request that is sent once is sent when that is possible. */
  @Test
  void aRequestWithoutAConnectionIsSentWhenThereIsOne() throws Exception {
    server.disconnect();
    SentRecord request = send(Repeat.NEVER, MINUTE);
    assertThat(request).isNotDone();
    assertThat(request.tries).isEqualTo(1);
    server.connect();
    awaitTries(request, 2);
    answer(request, "done");
    assertThat(request).isCompletedWithValue("done");
    assertThat(request.wasRepeated()).isFalse();
  }

  @Test
  void aRequestThatWasNeverSentFailsAsNotDoneAtItsDeadline() {
    server.disconnect();
    SentRecord request = new SentRecord(Repeat.ALWAYS, "recorder");
    assertThatThrownBy(() -> session.requests.call(request, System.nanoTime() + SHORT))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("the connection is down");
    assertThat(request.tries).as("no try without a connection").isEqualTo(1);
  }

  /** Half of the dedup window is for the transport. The window of the options is two minutes. */
  @Test
  void aMessageIsRepeatedDuringHalfOfTheDedupWindow() {
    repeatsOnlyWithin(60);
    session.requests.found(Duration.ofSeconds(40));
    repeatsOnlyWithin(20);
    session.requests.found(Duration.ofHours(1));
    repeatsOnlyWithin(20);
  }

  private void repeatsOnlyWithin(long seconds) {
    SentRecord young = send(Repeat.WITHIN_DEDUP_WINDOW, MINUTE);
    SentRecord old = send(Repeat.WITHIN_DEDUP_WINDOW, MINUTE);
    SentRecord any = send(Repeat.ALWAYS, MINUTE);
    sentBefore(young, Duration.ofSeconds(seconds / 2));
    sentBefore(old, Duration.ofSeconds(seconds));
    sentBefore(any, Duration.ofHours(3));
    session.requests.reconnected();
    awaitTries(any, 2);
    assertThat(young.tries).as("within %d s", seconds).isGreaterThan(1);
    assertThat(old.tries).as("after %d s", seconds).isEqualTo(1);
  }

  private static void sentBefore(SentRecord request, Duration ago) {
    synchronized (request) {
      request.firstSentNanos = System.nanoTime() - ago.toNanos();
    }
  }

  @Test
  void theWaitForTheLastRequestEndsWithIt() throws Exception {
    SentRecord first = send(Repeat.ALWAYS, MINUTE);
    SentRecord last = send(Repeat.ALWAYS, MINUTE);
    session.requests.begin();
    CompletableFuture<Void> idle = awaitIdle();
    answer(first, "done");
    session.requests.end();
    assertThat(idle).as("one request is open").isNotDone();
    answer(last, "done");
    idle.get(30, TimeUnit.SECONDS);
  }

  @Test
  void theWaitForTheLastRequestEndsWithAnOperationOfSeveral() throws Exception {
    session.requests.begin();
    session.requests.begin();
    session.requests.end();
    CompletableFuture<Void> idle = awaitIdle();
    assertThat(idle).as("one operation is open").isNotDone();
    session.requests.end();
    idle.get(30, TimeUnit.SECONDS);
  }

  @Test
  void theWaitForTheLastRequestEndsInTime() throws Exception {
    session.requests.awaitIdle(System.nanoTime() + MINUTE); // Nothing is open.
    SentRecord open = send(Repeat.ALWAYS, MINUTE);
    session.requests.awaitIdle(System.nanoTime() - 1);
    long start = System.nanoTime();
    session.requests.awaitIdle(start + SHORT);
    assertThat(System.nanoTime() - start).isBetween(SHORT, MINUTE);
    assertThat(open).isNotDone();
  }

  private CompletableFuture<Void> awaitIdle() {
    CompletableFuture<Void> idle = new CompletableFuture<>();
    Thread waiting =
        new Thread(
            () -> {
              try {
                session.requests.awaitIdle(System.nanoTime() + MINUTE);
                idle.complete(null);
              } catch (InterruptedException e) {
                idle.completeExceptionally(e);
              }
            });
    waiting.setDaemon(true);
    waiting.start();
    TestQueues.await("waiting", () -> waiting.getState() == Thread.State.TIMED_WAITING);
    return idle;
  }

  /** Its last request is part of an operation that began before. */
  @Test
  void aMarkedQueueAcceptsOnlyTheRequestsOfItsClose() {
    wire.monitor().markClosed();
    long deadlineNanos = System.nanoTime() + MINUTE;
    SentRecord request = SentRecord.always();
    assertThatThrownBy(
            () -> {
              var unused = session.requests.send(request, Urgency.AWAITED, deadlineNanos);
            })
        .isInstanceOf(QueueClosedException.class);
    try (RequestTable.Batch batch = session.requests.batch()) {
      assertThatThrownBy(
              () -> {
                var unused = batch.send(request, deadlineNanos);
              })
          .isInstanceOf(QueueClosedException.class);
    }
    assertThat(request.tries).isZero();
    var unused = session.requests.sendWhileClosing(request, Urgency.AWAITED, deadlineNanos);
    assertThat(request.tries).isEqualTo(1);
    assertThat(request).isNotDone();
  }

  @Test
  void anUnexpectedFailureHasAnUnknownOutcomeAndItsCause() {
    IllegalStateException planted = new IllegalStateException("planted");
    assertThatThrownBy(
            () -> session.requests.await(CompletableFuture.failedFuture(planted), MINUTE))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageContaining("planted")
        .hasCause(planted);
    QueueUnavailableException known = new QueueUnavailableException("known", null);
    assertThatThrownBy(() -> session.requests.await(CompletableFuture.failedFuture(known), MINUTE))
        .isSameAs(known);
  }

  /** The wait for a request is longer than its time, so the sweep says how it ended. */
  @Test
  void aCallAfterItsDeadlineReportsItsRequestAndNotItsWait() {
    for (long ago : new long[] {1, 60 * MINUTE}) {
      SentRecord request = SentRecord.always();
      assertThatThrownBy(() -> session.requests.call(request, System.nanoTime() - ago))
          .isInstanceOf(OutcomeUnknownException.class)
          .hasMessageStartingWith("record: no answer within PT0.000000001S");
      assertThat(request.released).hasSize(1);
    }
  }

  /** After a reconnect the server may accept smaller messages than before. */
  @Test
  void aRepetitionThatHasBecomeTooLargeEndsItsRequestImmediately() {
    SentRecord request = send(Repeat.ALWAYS, MINUTE);
    server.onPublish(
        (replyTo, body) -> {
          throw new IllegalArgumentException("9 bytes exceed 8");
        });
    session.requests.reconnected();
    assertThat(request)
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableThat()
        .withCauseInstanceOf(OutcomeUnknownException.class);
    assertThat(request.tries).isEqualTo(2);
  }
}
