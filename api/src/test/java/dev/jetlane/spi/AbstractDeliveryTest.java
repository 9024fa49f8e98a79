package dev.jetlane.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class AbstractDeliveryTest {

  private final ScriptedDelivery delivery = new ScriptedDelivery();

  @Test
  void theFirstSettlementWins() {
    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
    assertThat(delivery.ack()).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(delivery.ackAsync()).isCompletedWithValue(Settlement.ALREADY_SETTLED);
    assertThat(delivery.nak()).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(delivery.nak(Duration.ofSeconds(1))).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(delivery.deadLetter("no")).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(delivery.extend()).isFalse();
    delivery.close();
    assertThat(delivery.sent).containsExactly("ack");
  }

  @Test
  void namesItselfWithoutItsPayload() {
    assertThat(delivery).hasToString("Delivery[task-7 in p, attempt 3]");
  }

  @Test
  void everyOtherSettlementIsFinalToo() {
    assertThat(delivery.deadLetter("poison")).isEqualTo(Settlement.SETTLED);
    assertThat(delivery.ack()).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(delivery.sent).containsExactly("deadLetter poison");
  }

  @Test
  void whileOneSettlementIsOnItsWayAnotherHasNoEffect() {
    delivery.confirmation = new CompletableFuture<>();
    CompletableFuture<Settlement> first = delivery.ackAsync();
    assertThat(delivery.nak()).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(delivery.extend()).isFalse();
    delivery.confirmation.complete(null);
    assertThat(first).isCompletedWithValue(Settlement.SETTLED);
    assertThat(delivery.sent).containsExactly("ack");
  }

  @Test
  void aLateAckIsSentAndReported() {
    delivery.remaining = Duration.ZERO;
    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED_LATE);
    assertThat(delivery.sent).containsExactly("ack");
  }

  @Test
  void aLateAsynchronousAckIsSentAndReported() {
    delivery.remaining = Duration.ZERO;
    assertThat(delivery.ackAsync()).isCompletedWithValue(Settlement.SETTLED_LATE);
  }

  @Test
  void anythingElseLateIsRefusedAndNotSent() {
    delivery.remaining = Duration.ZERO;
    assertThatThrownBy(delivery::nak).isInstanceOf(LeaseExpiredException.class);
    assertThatThrownBy(delivery::extend).isInstanceOf(LeaseExpiredException.class);
    assertThatThrownBy(() -> delivery.deadLetter("late"))
        .isInstanceOf(LeaseExpiredException.class)
        .hasMessageContaining("task-7")
        .hasMessageContaining("attempt 3");
    delivery.close();
    assertThat(delivery.sent).isEmpty();
  }

  @Test
  void closeGivesBackOnce() {
    delivery.close();
    delivery.close();
    assertThat(delivery.sent).containsExactly("nak PT0S");
    assertThat(delivery.ack()).isEqualTo(Settlement.ALREADY_SETTLED);
  }

  @Test
  void closeNeverThrows() {
    delivery.failure = new QueueUnavailableException("down", null);
    delivery.close();
    assertThat(delivery.sent).containsExactly("nak PT0S");
  }

  @Test
  void aSettlementThatDidNotHappenCanBeTriedAgain() {
    delivery.failure = new QueueUnavailableException("down", null);
    assertThatThrownBy(delivery::ack).isSameAs(delivery.failure);
    assertThatThrownBy(delivery::nak).isSameAs(delivery.failure);
    assertThat(delivery.ackAsync()).isCompletedExceptionally();
    delivery.failure = null;
    assertThat(delivery.nak()).isEqualTo(Settlement.SETTLED);
    assertThat(delivery.ack()).isEqualTo(Settlement.ALREADY_SETTLED);
  }

  @Test
  void anAckOfUnknownOutcomeCanOnlyBeAckedAgain() {
    delivery.failure = new OutcomeUnknownException("no answer", null);
    assertThatThrownBy(delivery::ack).isSameAs(delivery.failure);
    delivery.failure = null;
    assertThat(delivery.nak()).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(delivery.deadLetter("no")).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(delivery.extend()).isFalse();
    delivery.close();
    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
    assertThat(delivery.sent).containsExactly("ack", "ack");
  }

  @Test
  void afterANakOfUnknownOutcomeNothingButAnAckIsSent() {
    delivery.failure = new OutcomeUnknownException("no answer", null);
    assertThatThrownBy(delivery::nak).isSameAs(delivery.failure);
    delivery.failure = null;
    assertThat(delivery.nak()).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(delivery.deadLetter("no")).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(delivery.extend()).isFalse();
    delivery.close();
    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
    assertThat(delivery.sent).containsExactly("nak PT0S", "ack");
  }

  @Test
  void aDeadLetterOfUnknownOutcomeCanBeAskedForAgain() {
    delivery.failure = new OutcomeUnknownException("no answer", null);
    assertThatThrownBy(() -> delivery.deadLetter("no")).isSameAs(delivery.failure);
    delivery.failure = null;
    assertThat(delivery.deadLetter("no")).isEqualTo(Settlement.SETTLED);
  }

  @Test
  void anAsynchronousAckOfUnknownOutcomeCanOnlyBeAckedAgain() {
    OutcomeUnknownException unknown = new OutcomeUnknownException("no answer", null);
    delivery.confirmation = CompletableFuture.failedFuture(unknown);
    CompletableFuture<Settlement> first = delivery.ackAsync();
    assertThatThrownBy(first::join).isInstanceOf(CompletionException.class).hasCause(unknown);
    delivery.confirmation = CompletableFuture.completedFuture(null);
    assertThat(delivery.nak()).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(delivery.ackAsync()).isCompletedWithValue(Settlement.SETTLED);
  }

  @Test
  void badInputSettlesNothing() {
    assertThatThrownBy(() -> delivery.nak(Duration.ofSeconds(-1)))
        .isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> delivery.deadLetter("\n")).isInstanceOf(InvalidInputException.class);
    assertThat(delivery.sent).isEmpty();
    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
  }
}
