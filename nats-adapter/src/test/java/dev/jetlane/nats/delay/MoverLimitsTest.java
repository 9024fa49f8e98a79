// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.delay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.ScriptedConnection.Published;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bounds of a mover: due times, open moves, requests without an end, reports. */
@Timeout(60)
class MoverLimitsTest extends MoverScene {

  private static final String FULL =
      "{\"error\":{\"code\":503,\"err_code\":10077,\"description\":\"maximum messages\"}}";

  @Override
  NatsOptions options() {
    return NatsOptions.defaults().withQueue(TestQueues.config().withPriorities(3));
  }

  /** The task may be of a partition of another client, with more priorities. */
  @ParameterizedTest
  @CsvSource({
    "'', jetlane.p",
    "0, jetlane.p",
    "1, jetlane.p.@priority.1",
    "2, jetlane.p.@priority.2",
    "3, jetlane.p.@priority.3",
    "9, jetlane.p.@priority.9",
    "10, jetlane.p",
    "-1, jetlane.p"
  })
  void aDueTaskKeepsItsPriority(String priority, String subject) {
    bring(7, DUE, WireHeaders.PRIORITY, priority);
    assertThat(stored()).hasSize(1);
    assertThat(stored().get(0).subject()).isEqualTo(subject);
    assertThat(stored().get(0).header(WireHeaders.PRIORITY)).as("of a ready task").isEmpty();
  }

  /** A note is removed by each client, whatever it may do. */
  @Test
  void aClientThatMayNotMoveTasksRemovesNotes() {
    mover.denied(nextSubject);
    bring(7, DUE, WireHeaders.CANCELLED, "t");
    bring(8, LATER);
    assertThat(server.settlements()).containsExactly("+ACK", "-NAK {\"delay\":1000000000}");
    assertThat(stored()).isEmpty();
  }

  /** A task is ready at its due time, and not a nanosecond earlier. */
  @ParameterizedTest
  @CsvSource({
    "PT10S, 0, +ACK",
    "PT10.000000001S, 0, '-NAK {\"delay\":1}'",
    "PT12S, 0, '-NAK {\"delay\":2000000000}'",
    "PT12S, 1999999999, '-NAK {\"delay\":1}'",
    "PT12S, 2000000000, +ACK",
    "PT0S, 0, +ACK"
  })
  void aTaskIsReadyExactlyAtItsDueTime(String delay, long laterNanos, String end) {
    pass(Duration.ofNanos(laterNanos));
    bring(7, delay);
    assertThat(server.settlements()).containsExactly(end);
    assertThat(stored()).hasSize(end.equals("+ACK") ? 1 : 0);
  }

  /** The due time of a task that was moved from another stream. */
  @Test
  void aDueTimeCountsMoreThanADelay() {
    bring(7, LATER, WireHeaders.DUE, NOW.toString());
    bring(8, DUE, WireHeaders.DUE, NOW.plusNanos(1).toString());
    assertThat(server.settlements()).containsExactly("+ACK", "-NAK {\"delay\":1}");
  }

  /** The lease of the message has ended, and the task may have been moved or cancelled since. */
  @Test
  void aMoverThatWasSuspendedGivesBackWhatArrivedMeanwhile() throws Exception {
    pass(DelayedTaskMover.LEASE.plusNanos(1));
    bring(1, DUE);
    awaitWatch();
    bring(2, DUE);
    pass(Duration.ofNanos(999_999_999));
    bring(3, DUE);
    assertThat(stored()).isEmpty();
    assertThat(server.settlements()).hasSize(3).containsOnly("-NAK {\"delay\":100000000}");
    pass(Duration.ofNanos(1));
    bring(4, DUE);
    assertThat(stored()).as("a second after its end").hasSize(1);
  }

  /** With more open moves the slots of all requests would fill. */
  @Test
  void upTo128OpenMovesAnotherRequestIsSent() throws Exception {
    server.silence(one -> one.subject().equals("jetlane.p"));
    for (int i = 1; i <= 128; i++) {
      bring(i, DUE);
    }
    endOpenRequest();
    assertThat(requests()).as("128 open moves").hasSize(1);
    bring(129, DUE);
    endOpenRequest();
    assertThat(requests()).as("129 open moves").hasSize(1);
    answerFirstCopy();
    assertThat(requests()).as("one of them has ended").hasSize(2);
  }

  private void answerFirstCopy() throws InterruptedException {
    Published copy =
        server.script().published().stream()
            .filter(one -> one.subject().equals("jetlane.p"))
            .findFirst()
            .orElseThrow();
    byte[] answer = "{\"stream\":\"jetlane\",\"seq\":9}".getBytes(StandardCharsets.US_ASCII);
    String all = copy.replyTo().substring(0, copy.replyTo().lastIndexOf('.')) + ".*";
    server.script().handle(all, ScriptedConnection.message(copy.replyTo(), "", answer, null));
  }

  /** Refused moves end too. */
  @Test
  void movesThatFailedAreNotOpen() {
    server.answer("jetlane.p", body -> FULL);
    for (int i = 1; i <= 256; i++) {
      bring(i, DUE);
    }
    assertThat(server.settlements()).hasSize(256).containsOnly("-NAK {\"delay\":1000000000}");
    assertThat(requests()).as("after the last task of the request").hasSize(1);
  }

  /** The server answers for half a minute; a lost request is repeated five seconds later. */
  @Test
  void aRequestWithoutAnEndIsRepeatedAfterItsTime() throws Exception {
    pass(Duration.ofSeconds(35));
    awaitWatch();
    assertThat(requests()).as("exactly at the end of its time").isEmpty();
    pass(Duration.ofNanos(1));
    TestQueues.await("another request", () -> requests().size() == 1);
    awaitWatch();
    assertThat(requests()).as("the new request has its own time").hasSize(1);
  }

  /** The status says that the consumer is missing: another client may create it again. */
  @Test
  void afterTheEndOfItsConsumerTheMoverAsksASecondLater() {
    end(openRequest(), 409, "Consumer Deleted");
    assertThat(requests()).isEmpty();
    TestQueues.await("another request", () -> requests().size() == 1);
  }

  /** Returns when the timer has run everything that is due within its period. */
  private void awaitWatch() throws InterruptedException {
    CountDownLatch passed = new CountDownLatch(1);
    long nanos = Duration.ofMillis(1_050).toNanos();
    assertThat(session.timer.after("the next watch", nanos, passed::countDown)).isTrue();
    assertThat(passed.await(TestQueues.SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  /** Another domain serves a request also without its client, so it is short there. */
  @Test
  void aRequestInAnotherDomainIsShort() {
    bring(7, LATER);
    endOpenRequest();
    assertThat(requests())
        .containsExactly("{\"batch\":256,\"max_bytes\":8388608,\"expires\":30000000000}");
    assertThat(mover.close()).isFalse();
    session.close();
    forget();
    server.silence(one -> one.subject().startsWith("$JS.hub.API."));
    start(NatsOptions.defaults().withDomain("hub"));
    assertThat(requests())
        .containsExactly("{\"batch\":256,\"max_bytes\":8388608,\"expires\":1000000000}");
  }

  /** A server drops a request without a subscriber silently. */
  @Test
  void theSubscriptionComesBeforeTheFirstRequest() {
    assertThat(mover.close()).isFalse();
    session.close();
    forget();
    start(NatsOptions.defaults());
    List<String> calls = server.script().calls();
    assertThat(calls.indexOf("subscribe " + inbox + "*"))
        .isNotNegative()
        .isLessThan(calls.indexOf("publish " + nextSubject));
  }

  /** Each report stays in the memory of the client. */
  @Test
  void atMostAThousandTooLargeTasksAreReported() {
    byte[] large = new byte[1_048_576];
    for (int i = 1; i <= 1_001; i++) {
      bring(i, new Headers().put(WireHeaders.DELAY, DUE), large);
    }
    assertThat(warnings.texts()).hasSize(1_000);
    assertThat(warnings.texts().get(999))
        .contains("delayed task seq-1000 ", " exceed the server's max_payload, 1048576;")
        .doesNotContain(": 1048576 bytes");
    assertThat(server.settlements()).hasSize(1_001);
  }

  /** The message comes again after its lease. */
  @Test
  void aSettlementThatCannotBeSentIsNoError() {
    server.script().disconnect();
    bring(7, LATER);
    bring(8, DUE, WireHeaders.CANCELLED, "t");
    server.script().connect();
    bring(9, LATER);
    assertThat(server.settlements()).hasSize(1);
  }

  /** Another client published to the inbox. */
  @Test
  void aMessageThatIsNotFromTheConsumerIsIgnored() {
    for (String replyTo : new String[] {null, "", "elsewhere", "$JS.ACK.a.b"}) {
      handle(ScriptedConnection.message(SUBJECT, replyTo, new byte[0], null));
    }
    assertThat(server.sent()).isEmpty();
    bring(7, DUE);
    assertThat(server.settlements()).containsExactly("+ACK");
  }

  /** Servers up to 2.10 move a part of the subject to the reply subject on a leaf node. */
  @Test
  void aTaskWhoseSubjectIsTornIsMoved() {
    handle(
        NatsMessage.builder()
            .subject("later.dA")
            .replyTo(replyTo(7) + "@jetlane.p.")
            .headers(new Headers().put(WireHeaders.DELAY, DUE))
            .build());
    assertThat(stored()).hasSize(1);
    assertThat(stored().get(0).subject()).isEqualTo("jetlane.p");
    assertThat(server.sent()).anyMatch(one -> one.subject().equals(replyTo(7)));
  }

  /** Otherwise a task whose first removal is lost is counted twice until its lease ends. */
  @Test
  void aRemovalWithoutAConfirmationIsRepeated() {
    AtomicBoolean lost = new AtomicBoolean();
    server.silence(one -> one.subject().startsWith("$JS.ACK") && lost.compareAndSet(false, true));
    bring(7, DUE);
    assertThat(server.settlements()).containsExactly("+ACK");
    server.wire().monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    TestQueues.await("the second removal", () -> server.settlements().size() == 2);
    assertThat(server.settlements()).containsExactly("+ACK", "+ACK");
    assertThat(stored()).as("copies").hasSize(1);
  }

  /** The report names the subject to grant. Other permissions may come with another connection. */
  @Test
  void aMoverThatMayNotAskForTheTimeSaysSoAndStopsUntilTheNextConnection() {
    String subject = "$JS.API." + TIME_SUBJECT;
    server.answer(
        TIME_SUBJECT,
        body -> {
          server
              .wire()
              .errorOccurred(
                  server.connection(), "Permissions Violation for Publish to \"" + subject + "\"");
          return null;
        });
    for (int connection = 1; connection <= 2; connection++) {
      int reports = connection;
      server.wire().monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
      forget();
      TestQueues.await(
          "the report",
          () -> {
            bring(7, LATER);
            return warnings.texts().size() == reports;
          });
      assertThat(warnings.texts().get(connection - 1))
          .contains("does not make delayed tasks ready", "grant the subject " + subject);
      TestQueues.await("the end of the question", () -> bringsInASecond(8));
      endOpenRequest();
      assertThat(requests()).isEmpty();
    }
    assertThat(warnings.texts()).hasSize(2);
  }

  /** The tasks of other partitions may have priorities that this client does not need. */
  @Test
  void aDeniedPriorityStopsNoOtherTask() {
    String subject = "jetlane.p.@priority.2";
    server.silence(one -> one.subject().equals(subject));
    for (int connection = 1; connection <= 2; connection++) {
      awaitTime();
      forget();
      for (int sequence = 1; sequence <= 2; sequence++) {
        bring(sequence, DUE, WireHeaders.PRIORITY, "2");
        session.requests.denied(subject);
      }
      bring(3, DUE);
      assertThat(server.settlements())
          .containsExactly("-NAK {\"delay\":1000000000}", "-NAK {\"delay\":1000000000}", "+ACK");
      assertThat(warnings.texts()).hasSize(connection).last().asString().endsWith(subject);
      endOpenRequest();
      assertThat(requests()).isNotEmpty();
      server.wire().monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    }
  }

  @Test
  void aDeniedPartitionStopsTheMover() {
    server.silence(one -> one.subject().equals("jetlane.p"));
    bring(1, DUE);
    session.requests.denied("jetlane.p");
    assertThat(server.settlements()).containsExactly("-NAK");
    forget();
    endOpenRequest();
    assertThat(requests()).isEmpty();
    assertThat(warnings.texts()).isEmpty();
  }

  private boolean bringsInASecond(long sequence) {
    bring(sequence, DUE);
    List<String> all = server.settlements();
    return all.get(all.size() - 1).equals("-NAK {\"delay\":1000000000}");
  }

  /** A queue that closes while a move is pending gives it back immediately. */
  @Test
  void aTaskWhoseMoveEndsWithTheQueueIsGivenBack() {
    server.script().disconnect();
    bring(7, DUE);
    server.script().connect();
    session.requests.close();
    assertThat(server.settlements()).as("a copy that was never sent").containsExactly("-NAK");
  }
}
