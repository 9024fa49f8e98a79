// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.LeaseAction;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.wire.ScriptedConnection;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The properties of a leased message, and the ways in which it leaves. */
@Timeout(60)
class NatsLeaseTest {

  private static final int DELIVERIES = 3;
  private static final Instant STORED_AT = Instant.parse("2023-11-14T22:13:20.123456789Z");

  @AutoClose
  private final PullScene scene =
      new PullScene(TestQueues.config().withMaxDeliveries(DELIVERIES).withPriorities(2));

  private final PullContext context = scene.context();

  private static Headers headers(String... namesAndValues) {
    Headers headers = new Headers();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.add(namesAndValues[i], namesAndValues[i + 1]);
    }
    return headers;
  }

  private NatsLease lease(int attempt, String... namesAndValues) {
    return scene.lease(context, attempt, headers(namesAndValues), "payload");
  }

  private String reply(long delivered) {
    return context.address.ackPrefix + delivered + ".42.7." + PullScene.STORED_AT_NANOS + ".0";
  }

  private NatsLease delivered(long times) {
    return PullScene.lease(context, reply(times), new Headers(), "", System.nanoTime());
  }

  @Test
  void theAttemptIsBetweenOneAndTheLargestNumber() {
    assertThat(delivered(0).attempt()).isEqualTo(1);
    assertThat(delivered(1).attempt()).isEqualTo(1);
    assertThat(delivered(2).attempt()).isEqualTo(2);
    assertThat(delivered(Integer.MAX_VALUE).attempt()).isEqualTo(Integer.MAX_VALUE);
    assertThat(delivered(Integer.MAX_VALUE + 1L).attempt()).isEqualTo(Integer.MAX_VALUE);
    assertThat(delivered(1L << 32).attempt()).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void theNumbersOfAMessageAreItsOwn() {
    NatsLease lease = delivered(5);
    assertThat(lease.place()).isEqualTo("42-" + PullScene.STORED_AT_NANOS);
    assertThat(lease.storedAt()).isEqualTo(STORED_AT);
    assertThat(lease.replySubject()).isEqualTo(reply(5));
    assertThat(lease.taskId()).isEqualTo("seq-42");
    assertThat(lease.describe()).isEqualTo("task seq-42 (attempt 5)");
    assertThat(lease.priority()).isZero();
    PullContext high = scene.context(1, PullOptions.defaults());
    assertThat(scene.lease(high, 1, new Headers(), "").priority()).isEqualTo(1);
  }

  /** Its client counts from there, so a later end would let a late nak through. */
  @Test
  void theLeaseEndsOneLeaseAfterTheArrival() {
    long leaseNanos = Duration.ofSeconds(30).toNanos();
    long arrived = System.nanoTime() - leaseNanos;
    NatsLease over = PullScene.lease(context, reply(1), new Headers(), "", arrived);
    assertThat(over.endNanos()).isEqualTo(arrived + leaseNanos);
    assertThat(over.isOver()).isTrue();
    NatsLease open =
        PullScene.lease(context, reply(1), new Headers(), "", arrived + leaseNanos / 2);
    assertThat(open.isOver()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "own    | p/pushed | own    | false",
        "a b    | p/pushed | pushed | false",
        "NULL   | p/pushed | pushed | true",
        "NULL   | q/pushed | seq-42 | false",
        "NULL   | p/       | seq-42 | false",
        "NULL   | p/a b    | seq-42 | true",
        "NULL   | p!moved-1| seq-42 | false",
        "NULL   | NULL     | seq-42 | false"
      },
      delimiter = '|',
      nullValues = "NULL")
  void theIdIsThatOfTheRedriveThenThatOfThePushThenThePlace(
      String redriven, String messageId, String id, boolean ofPush) {
    Headers headers = headers("k", "v");
    if (redriven != null) {
      headers.add(WireHeaders.TASK_ID, redriven);
    }
    if (messageId != null) {
      headers.add(WireHeaders.MESSAGE_ID, messageId);
    }
    NatsLease lease = PullScene.lease(context, reply(1), headers, "", System.nanoTime());
    assertThat(lease.taskId()).isEqualTo(id);
    assertThat(lease.hasIdOfPush()).isEqualTo(ofPush);
  }

  @Test
  void theHeadersOfTheUserStayTheDeadlineIsStoredWithThem() {
    String deadline = "2030-01-01T00:00:00Z";
    NatsLease lease = lease(1, "k", "v", WireHeaders.DEADLINE, deadline, "Nats-Msg-Id", "p/t");
    assertThat(lease.headers()).isEqualTo(Map.of("k", "v"));
    assertThat(lease.headers()).isSameAs(lease.headers());
    assertThat(lease.deadline()).isEqualTo(Instant.parse(deadline));
    assertThat(lease.storedHeaders()).isEqualTo(Map.of("k", "v", WireHeaders.DEADLINE, deadline));
    lease.storedHeaders().clear();
    assertThat(lease.storedHeaders()).hasSize(2);
    assertThat(lease(1).headers()).isEmpty();
    assertThat(lease(1).deadline()).isNull();
    assertThat(lease(1, WireHeaders.DEADLINE, "soon").deadline()).isNull();
  }

  private DriverFuture<Settlement> start(NatsLease lease, LeaseAction action) {
    return lease.start(action, Completion.none(), Urgency.AWAITED, PullScene.late());
  }

  private NatsLease unconfirmed() {
    PullContext options = scene.context(0, PullOptions.defaults().withConfirmAcks(false));
    return scene.lease(options, 1, headers(WireHeaders.MESSAGE_ID, "p/t"), "payload");
  }

  @Test
  void anUnconfirmedAckSucceedsImmediately() {
    NatsLease lease = unconfirmed();
    for (LeaseAction.Ack ack : List.of(LeaseAction.Ack.IN_TIME, LeaseAction.Ack.LATE)) {
      scene.server.forgetCalls();
      assertThat(start(lease, ack).getNow(null)).isEqualTo(ack.result());
      ScriptedConnection.Published sent = scene.server.published().get(0);
      assertThat(sent.subject()).isEqualTo(lease.replySubject());
      assertThat(sent.body()).isEqualTo("+ACK");
      assertThat(sent.replyTo()).as("no confirmation").isEmpty();
    }
  }

  @Test
  void anUnconfirmedAckThatIsNotSentFails() {
    NatsLease lease = unconfirmed();
    scene.server.disconnect();
    assertThatThrownBy(start(lease, LeaseAction.Ack.IN_TIME)::join)
        .hasCauseInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("nothing was sent");
    scene.server.connect();
    scene.session.monitor.markClosed();
    assertThatThrownBy(start(lease, LeaseAction.Ack.IN_TIME)::join)
        .hasCauseInstanceOf(QueueClosedException.class);
    assertThat(scene.sent("+ACK")).isEmpty();
  }

  /** Without confirmed acks the other settlements are confirmed still. */
  @Test
  void otherActionsWaitForTheConfirmation() {
    for (LeaseAction action :
        List.of(
            new LeaseAction.Nak(Duration.ZERO, PullScene.late()),
            new LeaseAction.Extend(PullScene.late()),
            new LeaseAction.PutBack(PullScene.late()),
            new LeaseAction.MoveToDeadLetters("bad", PullScene.late()))) {
      scene.confirms = false;
      assertThat(start(unconfirmed(), action)).as(action.describe()).isNotDone();
      scene.confirms = true;
      assertThat(start(unconfirmed(), action).getNow(null))
          .as(action.describe())
          .isEqualTo(Settlement.SETTLED);
    }
  }

  /** The client makes the error of the user of it, and frees the delivery for another try. */
  @Test
  void anActionThatIsRefusedFailsItsFuture() {
    NatsLease lease = lease(1);
    scene.session.monitor.markClosed();
    for (LeaseAction action :
        List.of(
            LeaseAction.Ack.IN_TIME,
            new LeaseAction.Nak(Duration.ZERO, PullScene.late()),
            new LeaseAction.PutBack(PullScene.late()),
            new LeaseAction.MoveToDeadLetters("bad", PullScene.late()))) {
      assertThatThrownBy(start(lease, action)::join)
          .as(action.describe())
          .hasCauseInstanceOf(QueueClosedException.class);
    }
  }

  @Test
  void aTaskIsGivenBackByANakBeforeItsLastAttempt() {
    for (int attempt = 1; attempt < DELIVERIES; attempt++) {
      NatsLease lease = lease(attempt, WireHeaders.MESSAGE_ID, "p/t");
      lease.giveBack();
      assertThat(scene.naks()).as("attempt %s", attempt).contains(lease.replySubject());
    }
    assertThat(scene.stored()).isEmpty();
    assertThat(context.hasGivenBack()).isTrue();
  }

  @Test
  void atTheLastAttemptItIsStoredAgainInItsPlaceAndRemoved() {
    NatsLease lease =
        lease(
            DELIVERIES,
            WireHeaders.MESSAGE_ID,
            "p/t",
            "k",
            "v",
            WireHeaders.DEADLINE,
            "2030-01-01T00:00:00Z");
    lease.giveBack();
    assertThat(scene.naks()).isEmpty();
    ScriptedConnection.Published copy = scene.stored().get(0);
    Headers headers = PullScene.headers(copy);
    assertThat(copy.subject()).isEqualTo(context.address.subject);
    assertThat(copy.body()).isEqualTo("payload");
    assertThat(headers.getFirst(WireHeaders.TASK_ID)).isEqualTo("t");
    assertThat(headers.getFirst(WireHeaders.MESSAGE_ID)).isEqualTo("p!moved-" + lease.place());
    assertThat(headers.getFirst(WireHeaders.DEADLINE)).isEqualTo("2030-01-01T00:00:00Z");
    assertThat(headers.getFirst("k")).isEqualTo("v");
    assertThat(headers.keySet()).hasSize(4);
    assertThat(scene.sent("+TERM")).containsExactly(lease.replySubject());
    assertThat(context.hasGivenBack()).isTrue();
  }

  /** A nak makes a dead letter then, which is better than a task that waits for its lease. */
  @Test
  void withoutRoomForTheCopyItIsGivenBackByANak() {
    scene.storing = PullScene.FULL;
    NatsLease lease = lease(DELIVERIES);
    lease.giveBack();
    assertThat(scene.naks()).containsExactly(lease.replySubject());
    assertThat(scene.sent("+TERM")).isEmpty();
  }

  /** jnats keeps messages for the next connection, where the lease may belong to another client. */
  @Test
  void withoutAConnectionNothingIsGivenBack() {
    scene.server.disconnect();
    lease(1).giveBack();
    assertThat(scene.server.calls()).isEmpty();
  }

  @Test
  void aPostponedTaskIsStoredOnceMoreAndStays() {
    NatsLease lease = lease(1, WireHeaders.MESSAGE_ID, "p/t");
    lease.storeAgain();
    assertThat(scene.stored()).hasSize(1);
    assertThat(scene.stored().get(0).subject()).isEqualTo(context.address.subject);
    assertThat(scene.sent("+TERM")).isEmpty();
    scene.storing = PullScene.FULL;
    assertThatThrownBy(lease::storeAgain).hasMessageStartingWith("postponement of task t: ");
  }

  /** The reader of the connection puts the id of a push there, to save the headers. */
  @Test
  void inAMessageWithoutHeadersTheIdMayStandInPlaceOfTheSubject() {
    NatsMessage message =
        NatsMessage.builder().subject("p/t").replyTo(reply(1)).data(new byte[0]).build();
    NatsLease lease = new NatsLease(context, message, System.nanoTime());
    assertThat(lease.taskId()).isEqualTo("t");
    assertThat(lease.hasIdOfPush()).isTrue();
    assertThat(delivered(1).hasIdOfPush()).isFalse();
  }
}
