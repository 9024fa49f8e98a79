// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTableTest {

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

  /** Records for each try whether its thread holds the monitor of the request. */
  private static final class Recorder extends Request<String> {

    final Queue<Boolean> holdsMonitor = new ConcurrentLinkedQueue<>();

    Recorder(Repeat repeat) {
      super(repeat, Completion.none());
    }

    @Override
    public String subject() {
      return "recorder";
    }

    @Override
    public byte[] body() {
      holdsMonitor.add(Thread.holdsLock(this));
      return new byte[0];
    }

    @Override
    protected String describe() {
      return "record";
    }

    @Override
    protected Answer<String> read(byte[] answer, int from, int length) {
      return Answer.value(new String(answer, from, length, StandardCharsets.US_ASCII));
    }
  }

  /**
   * Until JDK 24 a virtual thread that waits in a monitor pins its carrier. Two threads that waited
   * for room pinned all carriers of a machine with two cores. The thread whose turn it was got
   * none, and every call hung.
   */
  @Test
  void noTryIsSentInsideTheMonitorOfItsRequest() {
    Recorder request = new Recorder(Request.Repeat.ALWAYS);

    var unused =
        session.requests.send(
            request, Urgency.PIPELINED, System.nanoTime() + TimeUnit.SECONDS.toNanos(4));

    TestQueues.await("a repetition", () -> request.holdsMonitor.size() > 1);
    assertThat(request.holdsMonitor).doesNotContain(true);
  }

  /** After the shortest window of all streams a server may store a message a second time. */
  @Test
  void theShortestDedupWindowEndsTheRepetitions() {
    session.requests.found(Duration.ofMillis(100));
    session.requests.found(Duration.ofHours(1));
    Recorder request = new Recorder(Request.Repeat.WITHIN_DEDUP_WINDOW);
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
    assertThatThrownBy(() -> session.requests.call(request, deadlineNanos))
        .isInstanceOf(OutcomeUnknownException.class);
    assertThat(request.holdsMonitor).hasSize(1);
  }

  /** The first try may have taken effect. */
  @Test
  void aRefusedRepetitionDoesNotMeanThatNothingWasDone() {
    Recorder request = new Recorder(Request.Repeat.ALWAYS);
    server.onPublish(
        (replyTo, body) -> {
          if (request.holdsMonitor.size() > 1) {
            server.refuse(replyTo);
          }
        });
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
    assertThatThrownBy(() -> session.requests.call(request, deadlineNanos))
        .isInstanceOf(OutcomeUnknownException.class);
  }

  /** The permission may have ended between two tries. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void onlyADeniedFirstTryMeansThatNothingWasDone(int denied) {
    Recorder request = new Recorder(Request.Repeat.ALWAYS);
    server.onPublish(
        (replyTo, body) -> {
          if (request.holdsMonitor.size() == denied) {
            session.requests.denied("recorder");
          }
        });
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    assertThatThrownBy(() -> session.requests.call(request, deadlineNanos))
        .isInstanceOf(denied == 1 ? PermissionDeniedException.class : OutcomeUnknownException.class)
        .hasMessageContaining("the subject recorder");
  }

  /** Its message may be stored, and only the answer is missing. */
  @Test
  void aDeniedInboxDoesNotMeanThatNothingWasDone() {
    Recorder request = send();
    String replyTo = server.lastReplyTo();
    session.requests.denied(replyTo.substring(0, replyTo.lastIndexOf('.')) + ".*");
    assertThat(request)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(OutcomeUnknownException.class)
        .withMessageContaining("after an unanswered try");
    assertThat(send())
        .as("not sent")
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(PermissionDeniedException.class);
  }

  /** The next connection may have the permission. */
  @Test
  void aDeniedInboxIsTriedAgainAfterAReconnect() {
    Recorder first = send();
    String replyTo = server.lastReplyTo();
    session.requests.denied(replyTo.substring(0, replyTo.lastIndexOf('.')) + ".*");
    assertThat(first).isCompletedExceptionally();
    assertThat(send()).isCompletedExceptionally();
    session.requests.reconnected();
    assertThat(send()).isNotDone();
  }

  private Recorder send() {
    Recorder request = new Recorder(Request.Repeat.NEVER);
    var unused =
        session.requests.send(
            request, Urgency.PIPELINED, System.nanoTime() + TimeUnit.MINUTES.toNanos(1));
    return request;
  }
}
