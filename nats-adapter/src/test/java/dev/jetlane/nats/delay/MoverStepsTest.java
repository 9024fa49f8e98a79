// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.delay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.AnsweringServer.Sent;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.impl.Headers;
import io.nats.client.support.Status;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each step of a mover, without a server: its requests, and the end of each message. */
@Timeout(60)
class MoverStepsTest extends MoverScene {

  private static final String IN_A_SECOND = "-NAK {\"delay\":1000000000}";

  @Test
  void aTaskThatIsNotDueIsGivenBackForTheRestOfItsDelay() {
    bring(1, LATER);
    assertThat(stored()).isEmpty();
    assertThat(server.settlements()).hasSize(1);
    long nanos = Long.parseLong(server.settlements().get(0).replaceAll("[^0-9]", ""));
    assertThat(nanos / 1_000_000_000).as("seconds until it is due").isBetween(3_520L, 3_590L);
  }

  /**
   * The id in its header, else that of the push, else the place of the message; as in a delivery.
   */
  @ParameterizedTest
  @CsvSource({
    "Jetlane-Id, user, Nats-Msg-Id, p/other, user",
    "Nats-Msg-Id, p/t, Color, blue, t",
    "Nats-Msg-Id, q/t, Color, blue, seq-7",
    "Jetlane-Id, a b, Nats-Msg-Id, p/t, t",
    "Jetlane-Id, a b, Nats-Msg-Id, p/, seq-7",
    "Color, blue, Size, 3, seq-7"
  })
  void aDueTaskKeepsItsId(String name, String value, String other, String otherValue, String id) {
    bring(7, DUE, name, value, other, otherValue);
    assertThat(stored()).hasSize(1);
    Sent one = stored().get(0);
    assertThat(one.subject()).isEqualTo("jetlane.p");
    assertThat(one.header(WireHeaders.TASK_ID)).isEqualTo(id);
    assertThat(one.header(WireHeaders.MESSAGE_ID)).isEqualTo("p~7");
    assertThat(server.settlements()).as("removed after it is stored").containsExactly("+ACK");
  }

  @Test
  void aDueTaskKeepsItsHeadersAndLosesItsDelay() {
    bring(7, DUE, "Color", "blue", WireHeaders.DEADLINE, "2026-02-01T00:00:00Z");
    Sent one = stored().get(0);
    assertThat(one.header("Color")).isEqualTo("blue");
    assertThat(one.header(WireHeaders.DEADLINE)).isEqualTo("2026-02-01T00:00:00Z");
    assertThat(one.header(WireHeaders.DELAY)).isEmpty();
  }

  @Test
  void theNoteOfACancelledTaskIsRemovedAndNotStored() {
    bring(7, DUE, WireHeaders.CANCELLED, "t");
    assertThat(stored()).isEmpty();
    assertThat(server.settlements()).containsExactly("+ACK");
  }

  @Test
  void aTaskOfAFullPartitionComesBackInASecond() {
    server.answer(
        "jetlane.p",
        body ->
            "{\"error\":{\"code\":503,\"err_code\":10077,\"description\":\"maximum messages\"}}");
    bring(7, DUE);
    assertThat(server.settlements()).containsExactly(IN_A_SECOND);
  }

  /** It may be stored: a nak would only bring it back earlier than its lease. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTaskOfUnknownOutcomeIsNotSettled(boolean silent) {
    server.silence(one -> silent && one.subject().equals("jetlane.p"));
    server.answer("jetlane.p", body -> AnsweringServer.error(400, 10060));
    bring(7, DUE);
    session.requests.close();
    assertThat(stored()).hasSize(1);
    assertThat(server.settlements()).isEmpty();
  }

  /** Another client may store it. */
  @Test
  void aTaskThatThisClientMayNotStoreIsGivenBackImmediatelyAndNoneIsRequested() {
    server.silence(one -> one.subject().equals("jetlane.p"));
    bring(7, DUE);
    server
        .wire()
        .errorOccurred(server.connection(), "Permissions Violation for Publish to \"jetlane.p\"");
    assertThat(server.settlements()).containsExactly("-NAK");
    bring(8, DUE);
    assertThat(server.settlements()).containsExactly("-NAK", IN_A_SECOND);
    end(server.script().lastReplyTo(), Status.REQUEST_TIMEOUT_CODE, "Request Timeout");
    assertThat(requests()).as("requests of a client that may not move tasks").isEmpty();
  }

  @Test
  void aTaskThatArrivesDuringTheCloseIsGivenBackImmediately() {
    session.monitor.markClosed();
    bring(7, DUE);
    assertThat(stored()).isEmpty();
    assertThat(server.settlements()).containsExactly("-NAK");
  }

  /** Otherwise the task would be in both places until its lease ends. */
  @Test
  void aTaskThatIsStoredDuringTheCloseIsRemovedFromItsOldPlace() {
    server.answer(
        "jetlane.p",
        body -> {
          session.monitor.markClosed();
          return "{\"stream\":\"jetlane\",\"seq\":9}";
        });
    bring(7, DUE);
    assertThat(server.settlements()).containsExactly("+ACK");
  }

  @Test
  void eachTaskThatIsTooLargeIsReportedOnce() {
    byte[] large = new byte[1_048_576];
    for (int time = 0; time < 2; time++) {
      for (long sequence = 7; sequence <= 8; sequence++) {
        Headers headers =
            new Headers().put(WireHeaders.DELAY, DUE).put(WireHeaders.TASK_ID, "t" + sequence);
        bring(sequence, headers, large);
      }
    }
    assertThat(stored()).isEmpty();
    assertThat(server.settlements()).hasSize(4).containsOnly("-NAK {\"delay\":30000000000}");
    assertThat(warnings.texts()).hasSize(2);
    assertThat(warnings.texts().get(0)).contains("delayed task t7 of partition p", "1048576");
    assertThat(warnings.texts().get(1)).contains("delayed task t8 of partition p");
  }

  /** Exactly the largest size is accepted. */
  @Test
  void theLargestTaskIsMoved() {
    bring(7, DUE);
    int headers = Objects.requireNonNull(stored().get(0).headers()).serializedLength();
    server.forget();
    Headers same = new Headers().put(WireHeaders.DELAY, DUE);
    bring(8, same, new byte[1_048_576 - headers]);
    assertThat(server.settlements()).containsExactly("+ACK");
    bring(9, same, new byte[1_048_576 - headers + 1]);
    assertThat(server.settlements()).hasSize(2).contains("-NAK {\"delay\":30000000000}");
  }

  @ParameterizedTest
  @CsvSource({
    "true, 408, Request Timeout, 256",
    "true, 409, Message Size Exceeds MaxBytes, 1",
    "true, 409, Consumer Deleted, 0",
    "true, 409, Leadership Change, 0",
    "false, 408, Request Timeout, 0",
    "false, 409, Message Size Exceeds MaxBytes, 0"
  })
  void theEndOfARequestDecidesAboutTheNext(boolean open, int code, String text, int batch) {
    String last = server.script().lastReplyTo();
    end(open ? last : inbox + "99", code, text);
    assertThat(requests()).hasSize(batch == 0 ? 0 : 1);
    if (batch > 0) {
      assertThat(requests().get(0)).contains("\"batch\":" + batch + ",");
    }
  }

  /** No other call misses the consumer, so without a report it would not be created again. */
  @ParameterizedTest
  @CsvSource({
    "true, 503, No Responders, 1",
    "true, 409, Consumer Deleted, 1",
    "true, 409, Leadership Change, 0",
    "true, 408, Request Timeout, 0",
    "false, 503, No Responders, 0"
  })
  void aMissingConsumerIsReported(boolean open, int code, String text, int reports) {
    AtomicInteger missed = TestQueues.missed(session.monitor);
    end(open ? openRequest() : inbox + "99", code, text);
    assertThat(missed).hasValue(reports);
  }

  /** The server has ended the request with its last task, and sends no status. */
  @Test
  void afterTheLastTaskOfARequestMoreAreRequested() {
    for (int i = 1; i <= 255; i++) {
      bring(i, LATER);
    }
    assertThat(requests()).isEmpty();
    bring(256, LATER);
    assertThat(requests()).hasSize(1);
  }

  /** A large task is requested alone; the next request is for many again. */
  @Test
  void afterALargeTaskManyAreRequested() {
    end(server.script().lastReplyTo(), 409, "Message Size Exceeds MaxBytes");
    bring(7, DUE);
    assertThat(requests()).hasSize(2);
    assertThat(requests().get(0)).doesNotContain("max_bytes");
    assertThat(requests().get(1)).contains("\"batch\":256,\"max_bytes\":8388608");
  }

  @ParameterizedTest
  @CsvSource({"next, 0", "inbox, 0", "other, 1"})
  void aDenialOfItsSubjectsStopsTheMover(String subject, int requests) {
    String denied =
        switch (subject) {
          case "next" -> nextSubject;
          case "inbox" -> inbox + "*";
          default -> nextSubject + "x";
        };
    mover.denied(denied);
    mover.denied("a later denial of another subject");
    end(server.script().lastReplyTo(), Status.REQUEST_TIMEOUT_CODE, "Request Timeout");
    assertThat(requests()).hasSize(requests);
  }

  /** Otherwise the mover would wait for the end of a request that no server has. */
  @Test
  void aRequestThatCouldNotBeSentIsNotAwaited() {
    String last = server.script().lastReplyTo();
    server.script().onPublish((replyTo, body) -> refuse());
    end(last, Status.REQUEST_TIMEOUT_CODE, "Request Timeout");
    assertThat(requests()).isEmpty();
    server.script().onPublish((replyTo, body) -> {});
    end("another", Status.REQUEST_TIMEOUT_CODE, "Request Timeout");
    assertThat(requests()).hasSize(1);
  }

  private static void refuse() {
    throw new IllegalStateException("planted");
  }

  /** Each reconnect may bring other permissions, and forgets the request. */
  @Test
  void eachReconnectStartsAgain() {
    for (int round = 1; round <= 2; round++) {
      mover.denied(nextSubject);
      server.wire().monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
      assertThat(requests()).hasSize(round);
    }
  }

  @Test
  void anInterruptedCloseSaysSo() {
    Thread.currentThread().interrupt();
    assertThat(mover.close()).isTrue();
    assertThat(Thread.interrupted()).as("the caller sets it").isFalse();
    assertThat(mover.close()).isFalse();
  }

  @Test
  void aClosedMoverRequestsNothing() {
    assertThat(mover.close()).isFalse();
    end(server.script().lastReplyTo(), Status.REQUEST_TIMEOUT_CODE, "Request Timeout");
    bring(7, LATER);
    assertThat(requests()).isEmpty();
    assertThat(server.settlements()).as("a task that still arrives").hasSize(1);
  }
}
