// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.request.Request.Repeat;
import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.support.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The ways in which a request of the table ends. The timer is closed, so that nothing happens
 * without a call of the test, unless a test opens a session with a timer.
 */
@Timeout(60)
class RequestOutcomesTest {

  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  private final ScriptedConnection server = new ScriptedConnection();
  private final Wire wire = new Wire();
  private Session session;

  @BeforeEach
  void open() {
    wire.bind(server.connection());
    session = new Session(TestQueues.settings(NatsOptions.defaults()), wire, DriverEvents.none());
    session.timer.close();
  }

  @AfterEach
  void close() {
    session.close();
  }

  private SentRecord send(SentRecord request, Urgency urgency, long allowedNanos) {
    long deadlineNanos = System.nanoTime() + allowedNanos;
    var unused = session.requests.send(request, urgency, deadlineNanos);
    return request;
  }

  private SentRecord send() {
    return send(SentRecord.always(), Urgency.PIPELINED, MINUTE);
  }

  private String inbox() {
    return server.lastReplyTo().substring(0, server.lastReplyTo().lastIndexOf('.') + 1);
  }

  private void answer(String token, byte[] body, @Nullable Status status) throws Exception {
    String subject = inbox() + token;
    server.handle(inbox() + "*", ScriptedConnection.message(subject, "", body, status));
  }

  private void answer(long token, String text) throws Exception {
    answer("" + token, bytes(text), null);
  }

  private void refuse(SentRecord request, int code) throws Exception {
    answer("" + request.token, new byte[0], new Status(code, "as said"));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static TaskQueueException errorOf(SentRecord request) {
    assertThat(request).isCompletedExceptionally();
    try {
      throw new AssertionError("succeeded: " + request.join());
    } catch (CompletionException e) {
      return (TaskQueueException) Objects.requireNonNull(e.getCause());
    }
  }

  /** Moves the start of a request back: the time that has passed since its call. */
  private static void passed(SentRecord request, long nanos) {
    synchronized (request) {
      request.startNanos = System.nanoTime() - nanos;
    }
  }

  @Test
  void eachAnswerCompletesItsRequestOnce() throws Exception {
    SentRecord[] requests = new SentRecord[12];
    for (int i = 0; i < requests.length; i++) {
      requests[i] = send();
    }
    for (int i = requests.length - 1; i >= 0; i--) {
      answer(requests[i].token, "answer " + i);
      answer(requests[i].token, "second answer");
      assertThat(requests[i]).isCompletedWithValue("answer " + i);
      assertThat(requests[i].released).as("leaves the table once").containsExactly("success");
      assertThat(requests[i].doneAtRelease).as("completes after it left").isFalse();
    }
  }

  @Test
  void joinedAnswersCompleteTheirRequests() throws Exception {
    SentRecord first = send();
    SentRecord unanswered = send();
    SentRecord last = send();
    ByteBuffer joined = ByteBuffer.allocate(200);
    for (String text : List.of("one", "", "twelve bytes")) {
      long token = text.isEmpty() ? 99_999 : text.equals("one") ? first.token : last.token;
      joined.putLong(token).putLong(text.length()).put(bytes(text));
    }
    byte[] body = new byte[joined.position()];
    joined.flip().get(body);
    answer("~", body, null);
    assertThat(first).isCompletedWithValue("one");
    assertThat(last).isCompletedWithValue("twelve bytes");
    assertThat(unanswered).isNotDone();
  }

  /** The reader of the connection must not run the code of users. */
  @Test
  void onlyAnAwaitedRequestCompletesOnTheReaderOfTheConnection() throws Exception {
    SentRecord pipelined = send();
    SentRecord awaited = send(SentRecord.always(), Urgency.AWAITED, MINUTE);
    SentRecord deferred = send(SentRecord.always(), Urgency.DEFERRED, MINUTE);
    SentRecord ofBatch = SentRecord.always();
    try (RequestTable.Batch batch = session.requests.batch()) {
      var unused = batch.send(ofBatch, System.nanoTime() + MINUTE);
    }
    for (SentRecord request : List.of(pipelined, awaited, deferred, ofBatch)) {
      read("MSG " + inbox() + request.token + " 1 2\r\nok\r\n");
    }
    assertThat(awaited).isCompletedWithValue("ok");
    assertThat(ofBatch).isCompletedWithValue("ok");
    assertThat(pipelined).isNotDone();
    assertThat(deferred).isNotDone();
    assertThat(read("MSG " + inbox() + "99999 1 2\r\nok\r\n")).as("unknown").contains("~");
  }

  private String read(String frames) throws IOException {
    byte[] into = new byte[500];
    int read =
        wire.rewriterOf(new ByteArrayInputStream(bytes(frames))::read).read(into, 0, into.length);
    return new String(into, 0, Math.max(0, read), StandardCharsets.US_ASCII);
  }

  /** The next try comes after a quarter of the allowed time, and after a second at most. */
  @Test
  void theTimeOfTheNextTryDependsOnTheAllowedTime() {
    for (long allowed : new long[] {MINUTE, TimeUnit.SECONDS.toNanos(4), 2_000_000_000, 4_000}) {
      SentRecord request = SentRecord.always();
      long deadlineNanos = System.nanoTime() + allowed;
      var unused = session.requests.send(request, Urgency.PIPELINED, deadlineNanos);
      long again = request.resendAtNanos - request.firstSentNanos;
      long quarter = Math.max(1, request.allowedNanos() / 4);
      assertThat(again)
          .as("allowed: %d ns", allowed)
          .isEqualTo(Math.min(TimeUnit.SECONDS.toNanos(1), quarter));
    }
  }

  /** A server that is loading its streams says the same, so there is a time of patience. */
  @Test
  void aRefusalEndsARequestOnlyAfterTheFirstQuarterOfItsTime() throws Exception {
    SentRecord early = send();
    refuse(early, Status.NO_RESPONDERS_CODE);
    assertThat(early).isNotDone();
    assertThat(early.unanswered).isZero();
    assertThat(early.isUnheard()).isTrue();
    passed(early, MINUTE / 8);
    refuse(early, Status.NO_RESPONDERS_CODE);
    assertThat(early).as("before a quarter").isNotDone();
    passed(early, MINUTE);
    refuse(early, Status.NO_RESPONDERS_CODE);
    assertThat(errorOf(early))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("record: no responders on recorder");
  }

  @Test
  void afterAReconnectARefusalIsWaitedOut() throws Exception {
    SentRecord request = send();
    passed(request, MINUTE);
    wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    refuse(request, Status.NO_RESPONDERS_CODE);
    assertThat(request).isNotDone();
  }

  @Test
  void aRefusedRequestIsSentAgainATenthOfASecondLater() throws Exception {
    SentRecord request = send();
    long before = System.nanoTime();
    answer(request.token, SentRecord.AGAIN);
    long pause = request.resendAtNanos - before;
    assertThat(pause).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(100));
    assertThat(request.isDue(request.resendAtNanos, 0)).isTrue();
    assertThat(request.isDue(request.resendAtNanos - 1, 0)).isFalse();
  }

  /** A pull and a stats call look for a deleted stream then. */
  @Test
  void onlyAMissingResponderMeansAMissingStream() throws Exception {
    AtomicInteger missed = new AtomicInteger();
    wire.monitor()
        .observe(
            new ConnectionMonitor.Observer() {
              @Override
              public void missed() {
                missed.incrementAndGet();
              }
            });
    SentRecord request = send();
    refuse(request, Status.NO_RESPONDERS_CODE);
    assertThat(missed).hasValue(1);
    assertThat(request.isUnheard()).isTrue();
    refuse(request, 409);
    assertThat(missed).as("another status").hasValue(1);
    assertThat(request.isUnheard()).as("after another status").isFalse();
    assertThat(request.lastRefusal).contains("as said").contains("409");
    refuse(request, Status.NO_RESPONDERS_CODE);
    answer(request.token, SentRecord.AGAIN);
    assertThat(request.isUnheard()).as("after an answer").isFalse();
  }

  @Test
  void aMessageThatIsTooLargeFailsImmediatelyAsNotDone() {
    server.onPublish(
        (replyTo, body) -> {
          throw new IllegalArgumentException("9 bytes exceed 8");
        });
    SentRecord request = send();
    assertThat(errorOf(request))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("record: not sent: 9 bytes exceed 8");
    assertThat(request.released).containsExactly("QueueUnavailableException");
  }

  @Test
  void aRefusedSubjectEndsTheRequestsToItOnly() {
    SentRecord other = send(new SentRecord(Repeat.ALWAYS, "other"), Urgency.PIPELINED, MINUTE);
    SentRecord first = send();
    SentRecord second = send();
    session.requests.denied("recorder");
    for (SentRecord request : List.of(first, second)) {
      assertThat(errorOf(request))
          .isInstanceOf(PermissionDeniedException.class)
          .hasMessageStartingWith("record: ")
          .hasMessageEndingWith("the subject recorder");
    }
    assertThat(other).isNotDone();
    assertThat(send()).as("a later request: the permission may be granted").isNotDone();
  }

  /** Without answers no request can succeed on this connection. */
  @Test
  void aRefusedInboxEndsAllRequestsOfTheConnection() {
    SentRecord before = send(new SentRecord(Repeat.ALWAYS, "other"), Urgency.PIPELINED, MINUTE);
    String answers = inbox() + "*";
    session.requests.denied(answers);
    session.requests.denied("recorder");
    assertThat(errorOf(before))
        .as("it may have reached the server")
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageContaining(answers);
    for (SentRecord request : List.of(send(), send())) {
      assertThat(errorOf(request))
          .isInstanceOf(PermissionDeniedException.class)
          .hasMessageEndingWith(answers);
    }
    session.requests.reconnected();
    assertThat(send()).isNotDone();
  }

  /** The answers of the old connection are lost. */
  @Test
  void afterAReconnectEachRequestIsDueImmediately() {
    SentRecord first = send();
    SentRecord second = send();
    assertThat(first.isDue(System.nanoTime(), 0)).isFalse();
    session.requests.reconnected();
    assertThat(first.isDue(System.nanoTime(), 0)).isTrue();
    assertThat(second.isDue(System.nanoTime(), 0)).isTrue();
  }

  @Test
  void theCloseSaysWhetherARequestMayHaveTakenEffect() throws Exception {
    SentRecord sent = send();
    SentRecord refused = send();
    answer(refused.token, SentRecord.AGAIN);
    server.disconnect();
    SentRecord notSent = send();
    SentRecord done = send();
    answer(done.token, "done");
    session.requests.close();
    session.requests.close();
    assertThat(errorOf(sent))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessage("record: the queue was closed before the confirmation came");
    for (SentRecord request : List.of(refused, notSent)) {
      assertThat(errorOf(request))
          .isInstanceOf(QueueClosedException.class)
          .hasMessage("record: the queue was closed");
    }
    assertThat(done).isCompletedWithValue("done");
    assertThat(server.calls()).contains("closeDispatcher");
  }

  /** Nothing would end it: the close has ended the others, and the timer has ended. */
  @Test
  void aRequestAfterTheCloseEndsImmediately() {
    session.requests.close();
    for (Urgency urgency : Urgency.values()) {
      SentRecord late = SentRecord.always();
      var unused = session.requests.sendWhileClosing(late, urgency, System.nanoTime() + MINUTE);
      assertThat(late.released).as("%s", urgency).hasSize(1);
      assertThat(errorOf(late)).isInstanceOf(OutcomeUnknownException.class);
    }
  }

  @Test
  void anInterruptedCallKeepsTheInterruptAndItsOutcomeIsUnknown() {
    SentRecord request = SentRecord.always();
    Thread.currentThread().interrupt();
    try {
      var unused = session.requests.call(request, System.nanoTime() + MINUTE);
      throw new AssertionError("no error");
    } catch (OutcomeUnknownException e) {
      assertThat(e).hasMessageContaining("interrupted");
    }
    assertThat(Thread.interrupted()).isTrue();
    assertThat(request).as("the request goes on").isNotDone();
  }
}
