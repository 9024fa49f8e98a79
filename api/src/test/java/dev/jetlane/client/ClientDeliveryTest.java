// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.jetlane.InvalidInputException;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class ClientDeliveryTest {

  private final List<String> told = new ArrayList<>();
  private final Bench bench = new Bench();
  private final Bench listening = new Bench(new Recorder(told));
  private final ScriptedLease lease = bench.lease();
  private final ClientDelivery delivery = bench.delivery(lease);

  @Test
  void textIsThePayloadInUtf8() {
    lease.payload = "gr\u00fcn".getBytes(StandardCharsets.UTF_8);
    assertThat(delivery.text()).isEqualTo("gr\u00fcn");
    lease.payload = new byte[] {'a', (byte) 0xff};
    assertThat(delivery.text()).isEqualTo("a\ufffd");
  }

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
    assertThat(lease.sent).containsExactly("ack");
  }

  @Test
  void namesItselfWithoutItsPayload() {
    assertThat(delivery).hasToString("Delivery[task-7 in p, attempt 3]");
  }

  @Test
  void everyOtherSettlementIsFinal() {
    assertThat(delivery.deadLetter("poison")).isEqualTo(Settlement.SETTLED);
    assertThat(delivery.ack()).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(lease.sent).containsExactly("deadLetter poison");
  }

  @Test
  void aNakOfTheLastAttemptMakesTheDeadLetter() {
    lease.attempt = 20;
    assertThat(delivery.nak(Duration.ofSeconds(5))).isEqualTo(Settlement.SETTLED);
    assertThat(lease.sent).containsExactly("deadLetter max deliveries");
  }

  @Test
  void theLastAttemptOfAClosedDeliveryMakesTheDeadLetter() {
    lease.attempt = 20;
    delivery.close();
    assertThat(delivery.ack()).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(lease.sent).containsExactly("deadLetter max deliveries");
  }

  @Test
  void theDeadLetterOfANakCanBeRepeated() {
    lease.attempt = 20;
    lease.failure = new OutcomeUnknownException("lost", null);
    assertThatThrownBy(delivery::nak).isInstanceOf(OutcomeUnknownException.class);
    lease.failure = null;
    assertThat(delivery.nak()).isEqualTo(Settlement.SETTLED);
  }

  @Test
  void anAckThatDidNotHappenDoesNotMakeAnUnknownOutcomeKnown() {
    lease.failure = new OutcomeUnknownException("lost", null);
    assertThatThrownBy(delivery::nak).isInstanceOf(OutcomeUnknownException.class);
    lease.failure = new QueueUnavailableException("down", null);
    assertThatThrownBy(delivery::ack).isInstanceOf(QueueUnavailableException.class);
    lease.failure = null;
    assertThat(delivery.nak()).isEqualTo(Settlement.OUTCOME_UNKNOWN);
    assertThat(delivery.extend()).isFalse();
    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
  }

  @Test
  void aReleaseIsANakUntilTheLastAttempt() {
    assertThat(delivery.release()).isEqualTo(Settlement.SETTLED);
    assertThat(lease.sent).containsExactly("nak PT0S");
    ScriptedLease last = bench.lease();
    last.attempt = 20;
    assertThat(bench.delivery(last).releaseAsync()).isCompletedWithValue(Settlement.SETTLED);
    assertThat(last.sent).containsExactly("putBack");
  }

  @Test
  void aDeliveryThatIsClosedUnsettledIsDelayedLongerEachTime() {
    for (int attempt : new int[] {1, 2, 3, 4, 19}) {
      ScriptedLease held = bench.lease();
      held.attempt = attempt;
      bench.delivery(held).close();
      lease.sent.addAll(held.sent);
    }
    assertThat(lease.sent)
        .containsExactly("nak PT0S", "nak PT1S", "nak PT2S", "nak PT4S", "nak PT10M");
  }

  @Test
  void whileOneSettlementIsInFlightAnotherHasNoEffect() {
    lease.silent = true;
    CompletableFuture<Settlement> first = delivery.ackAsync();
    assertThat(delivery.nak()).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(delivery.extend()).isFalse();
    lease.answer(null);
    assertThat(first).isCompletedWithValue(Settlement.SETTLED);
    assertThat(lease.sent).containsExactly("ack");
  }

  @Test
  void ofTwoSettlementsThatBothFoundItOpenOneIsSent() {
    bench.clock.atNextLook = () -> assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
    assertThat(delivery.nak()).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(lease.sent).containsExactly("ack");
  }

  @Test
  void aDeliveryStartsWithTheRestOfItsLease() {
    bench.advance(3);
    assertThat(bench.delivery(lease).leaseRemaining()).isEqualTo(Duration.ofSeconds(9));
  }

  @Test
  void anExtensionCountsFromItsRequest() {
    lease.silent = true;
    CompletableFuture<Boolean> extension = delivery.extendAsync();
    bench.advance(2);
    lease.answer(null);
    assertThat(extension).isCompletedWithValue(true);
    assertThat(delivery.leaseRemaining()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void aLateAckIsSentAndReported() {
    bench.advance(12);
    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED_LATE);
    assertThat(lease.sent).containsExactly("ack");
  }

  @Test
  void aLateAsynchronousAckIsSentAndReported() {
    bench.advance(12);
    assertThat(delivery.ackAsync()).isCompletedWithValue(Settlement.SETTLED_LATE);
  }

  @Test
  void otherLateSettlementsAreRefusedAndNotSent() {
    bench.advance(12);
    assertThatThrownBy(delivery::nak).isInstanceOf(LeaseExpiredException.class);
    assertThatThrownBy(delivery::extend).isInstanceOf(LeaseExpiredException.class);
    assertThatThrownBy(() -> delivery.deadLetter("late"))
        .isInstanceOf(LeaseExpiredException.class)
        .hasMessageContaining("task-7")
        .hasMessageContaining("attempt 3");
    delivery.close();
    assertThat(lease.sent).isEmpty();
  }

  @Test
  void closeGivesBackOnce() {
    delivery.close();
    delivery.close();
    assertThat(lease.sent).containsExactly("nak PT2S");
    assertThat(delivery.ack()).isEqualTo(Settlement.ALREADY_SETTLED);
  }

  @Test
  void closeNeverThrows() {
    lease.failure = new QueueUnavailableException("down", null);
    delivery.close();
    assertThat(lease.sent).containsExactly("nak PT2S");
  }

  @Test
  void aSettlementThatDidNotHappenCanBeTriedAgain() {
    lease.failure = new QueueUnavailableException("down", null);
    assertThatThrownBy(delivery::ack).hasCause(lease.failure);
    assertThatThrownBy(delivery::nak).hasCause(lease.failure);
    assertThat(delivery.ackAsync()).isCompletedExceptionally();
    lease.failure = null;
    assertThat(delivery.nak()).isEqualTo(Settlement.SETTLED);
    assertThat(delivery.ack()).isEqualTo(Settlement.ALREADY_SETTLED);
  }

  @Test
  void anAckOfUnknownOutcomeCanOnlyBeAckedAgain() {
    lease.failure = new OutcomeUnknownException("no answer", null);
    assertThatThrownBy(delivery::ack).hasCause(lease.failure);
    lease.failure = null;
    assertThat(delivery.nak()).isEqualTo(Settlement.OUTCOME_UNKNOWN);
    assertThat(delivery.deadLetter("no")).isEqualTo(Settlement.OUTCOME_UNKNOWN);
    assertThat(delivery.extend()).isFalse();
    delivery.close();
    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
    assertThat(lease.sent).containsExactly("ack", "ack");
  }

  @Test
  void afterANakOfUnknownOutcomeNothingButAnAckIsSent() {
    lease.failure = new OutcomeUnknownException("no answer", null);
    assertThatThrownBy(delivery::nak).hasCause(lease.failure);
    lease.failure = null;
    assertThat(delivery.nak()).isEqualTo(Settlement.OUTCOME_UNKNOWN);
    assertThat(delivery.deadLetter("no")).isEqualTo(Settlement.OUTCOME_UNKNOWN);
    assertThat(delivery.extend()).isFalse();
    delivery.close();
    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
    assertThat(lease.sent).containsExactly("nak PT0S", "ack");
  }

  @Test
  void aDeadLetterOfUnknownOutcomeCanBeRepeated() {
    lease.failure = new OutcomeUnknownException("no answer", null);
    assertThatThrownBy(() -> delivery.deadLetter("no")).hasCause(lease.failure);
    lease.failure = null;
    assertThat(delivery.deadLetter("no")).isEqualTo(Settlement.SETTLED);
  }

  @Test
  void anAsynchronousAckOfUnknownOutcomeCanOnlyBeAckedAgain() {
    OutcomeUnknownException unknown = new OutcomeUnknownException("no answer", null);
    lease.silent = true;
    CompletableFuture<Settlement> first = delivery.ackAsync();
    lease.answer(unknown);
    assertThatThrownBy(first::join).isInstanceOf(CompletionException.class).hasRootCause(unknown);
    lease.silent = false;
    assertThat(delivery.nak()).isEqualTo(Settlement.OUTCOME_UNKNOWN);
    assertThat(delivery.ackAsync()).isCompletedWithValue(Settlement.SETTLED);
  }

  @Test
  void badInputSettlesNothing() {
    assertThatThrownBy(() -> delivery.nak(Duration.ofSeconds(-1)))
        .isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> delivery.deadLetter("\n")).isInstanceOf(InvalidInputException.class);
    assertThat(lease.sent).isEmpty();
    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
  }

  @Test
  void anInterruptedAckIsOfUnknownOutcomeAndCanBeAckedAgain() {
    lease.silent = true;
    Thread.currentThread().interrupt();
    assertThatThrownBy(delivery::ack).isInstanceOf(OutcomeUnknownException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(delivery.nak()).isEqualTo(Settlement.OUTCOME_UNKNOWN);
    lease.silent = false;
    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
  }

  /** Otherwise the worker believes in a lease that has ended on the server. */
  @Test
  void aKeptLeaseCountsFromTheRequestAndNotFromItsSlowConfirmation() {
    bench.advance(5);
    lease.silent = true;
    long requestedNanos = bench.clock.nanoTime();
    var unused = delivery.extendKept(requestedNanos);
    bench.advance(3);
    lease.answer(null);
    assertThat(delivery.leaseEndNanos()).isEqualTo(requestedNanos + Bench.LEASE.toNanos());
  }

  @Test
  void anExtensionThatIsConfirmedTooLateDoesNotReviveTheLease() {
    lease.silent = true;
    CompletableFuture<?> extension = delivery.extendKept(bench.clock.nanoTime());
    bench.advance(12);
    lease.answer(null);
    assertThatThrownBy(extension::join).hasCauseInstanceOf(OutcomeUnknownException.class);
    assertThat(delivery.leaseExpired()).isTrue();
  }

  @Test
  void anEarlierExtensionThatIsConfirmedLaterDoesNotShortenTheLease() {
    lease.silent = true;
    long early = bench.clock.nanoTime();
    CompletableFuture<?> first = delivery.extendKept(early);
    bench.advance(2);
    lease.silent = false;
    assertThat(delivery.extend()).isTrue();
    lease.answer(null);
    assertThat(first).isCompleted();
    assertThat(delivery.leaseRemaining()).isEqualTo(Bench.LEASE);
  }

  @Test
  void onAClosedQueueNothingIsSentAndNothingIsSettled() {
    bench.session.close();
    assertThatThrownBy(delivery::ack).isInstanceOf(QueueClosedException.class);
    assertThatThrownBy(delivery::nak).isInstanceOf(QueueClosedException.class);
    assertThatThrownBy(delivery::extend).isInstanceOf(QueueClosedException.class);
    assertThat(delivery.ackAsync()).isCompletedExceptionally();
    assertThat(delivery.isOpen()).isTrue();
    assertThat(lease.sent).isEmpty();
  }

  @Test
  void theLeaseIsNotLostWhileAnAckIsInFlight() {
    ClientDelivery heard = heard();
    lease.silent = true;
    CompletableFuture<Settlement> ack = heard.ackAsync();
    listening.advance(12);
    heard.close();
    assertThat(told).isEmpty();
    lease.answer(null);
    assertThat(ack).isCompletedWithValue(Settlement.SETTLED);
    assertThat(told).containsExactly("acked false");
  }

  @Test
  void aCloseAfterTheLeaseReportsTheLoss() {
    ClientDelivery heard = heard();
    listening.advance(12);
    heard.close();
    heard.close();
    assertThat(told).containsExactly("leaseLost");
  }

  @Test
  void aLateAckReportsTheLossFirst() {
    ClientDelivery heard = heard();
    listening.advance(12);
    assertThat(heard.ackAsync()).isCompletedWithValue(Settlement.SETTLED_LATE);
    assertThat(told).containsExactly("leaseLost", "acked true");
  }

  @Test
  void theLossOfALeaseIsTheSameStageAtEachCall() {
    ClientDelivery heard = heard();
    assertSame(heard.whenLeaseLost(), heard.whenLeaseLost());
    assertSame(delivery.whenLeaseLost(), delivery.whenLeaseLost());
  }

  @Test
  void everySettlementHasAnAsynchronousForm() {
    ClientDelivery other = bench.delivery(lease);
    ClientDelivery third = bench.delivery(lease);
    assertThat(third.extendAsync()).isCompletedWithValue(true);
    assertThat(delivery.nakAsync(Duration.ofSeconds(2))).isCompletedWithValue(Settlement.SETTLED);
    assertThat(other.deadLetterAsync("no")).isCompletedWithValue(Settlement.SETTLED);
    assertThat(delivery.nakAsync(Duration.ZERO)).isCompletedWithValue(Settlement.ALREADY_SETTLED);
    assertThat(other.extendAsync()).isCompletedWithValue(false);
    assertThat(lease.sent).containsExactly("kept at PT0S", "nak PT2S", "deadLetter no");
  }

  @Test
  void lateCallsFailInTheAsynchronousFormsToo() {
    bench.advance(12);
    assertThat(delivery.nakAsync(Duration.ZERO)).isCompletedExceptionally();
    assertThat(delivery.deadLetterAsync("no")).isCompletedExceptionally();
    assertThat(delivery.extendAsync()).isCompletedExceptionally();
    assertThat(lease.sent).isEmpty();
  }

  @Test
  void anErrorNamesPartitionAndTaskAndHasTheStackOfItsCaller() {
    lease.failure = new QueueUnavailableException("down", null);
    QueueUnavailableException error =
        catchThrowableOfType(QueueUnavailableException.class, delivery::ack);
    assertThat(error.partition()).contains("p");
    assertThat(error.taskId()).contains("task-7");
    assertThat(error.isRetryable()).isTrue();
    assertThat(error.getStackTrace())
        .anyMatch(frame -> frame.getClassName().equals(getClass().getName()));
    assertThatThrownBy(() -> delivery.ackAsync().join())
        .cause()
        .isInstanceOfSatisfying(
            QueueUnavailableException.class, e -> assertThat(e.taskId()).contains("task-7"));
  }

  @Test
  void onlyTheQueueCompletesAFuture() {
    Map<String, Function<ClientDelivery, CompletableFuture<?>>> forms =
        Map.of(
            "ack", ClientDelivery::ackAsync,
            "nak", held -> held.nakAsync(Duration.ZERO),
            "release", ClientDelivery::releaseAsync,
            "extend", ClientDelivery::extendAsync,
            "deadLetter", held -> held.deadLetterAsync("no"));
    forms.forEach(
        (name, form) -> {
          ScriptedLease silent = bench.lease();
          silent.silent = true;
          CompletableFuture<?> future = form.apply(bench.delivery(silent));
          assertThat(future.complete(null)).as(name).isFalse();
          assertThat(future.cancel(true)).as(name).isFalse();
          assertThat(future.completeExceptionally(new IllegalStateException())).as(name).isFalse();
          assertThat(future).as(name).isNotDone();
          silent.answer(null);
          assertThat(future).as(name).isCompleted();
        });
  }

  @Test
  void anExtensionThatIsConfirmedTooLateIsReportedWithItsTask() {
    lease.silent = true;
    CompletableFuture<Boolean> extension = heard().extendAsync();
    listening.advance(12);
    lease.answer(null);
    assertThat(extension)
        .failsWithin(Duration.ZERO)
        .withThrowableOfType(ExecutionException.class)
        .havingCause()
        .isInstanceOfSatisfying(
            OutcomeUnknownException.class, e -> assertThat(e.taskId()).contains("task-7"));
    assertThat(told).containsExactly("settleFailed");
  }

  private ClientDelivery heard() {
    return listening.delivery(lease);
  }

  private record Recorder(List<String> told) implements QueueListener {

    @Override
    public void acked(QueueEvent.Acked event) {
      told.add("acked " + event.late());
    }

    @Override
    public void leaseLost(QueueEvent.LeaseLost event) {
      told.add("leaseLost");
    }

    @Override
    public void settleFailed(QueueEvent.SettleFailed event) {
      told.add("settleFailed");
    }
  }
}
