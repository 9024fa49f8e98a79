// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.driver.DriverClock;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kept and watched leases at the exact moments of their ends, and after answers out of order. */
class LeaseKeeperBoundsTest {

  private final QueueUnavailableException down = new QueueUnavailableException("down", null);

  private final Bench bench = new Bench();
  private final LeaseKeeper keeper = bench.keeper;
  private final ScriptedLease lease = bench.lease();
  private final ClientDelivery delivery = bench.delivery(lease);

  private static LeaseKeeping every(int seconds) {
    return Bench.keeping(Duration.ofSeconds(seconds), Duration.ofHours(1));
  }

  private static boolean isLost(CompletionStage<Void> lost) {
    return lost.toCompletableFuture().isDone();
  }

  private long at(int millis) {
    return bench.clock.startNanos() + Duration.ofMillis(millis).toNanos();
  }

  @Test
  void noExtensionIsSentAtTheEndOfTheKeeping() {
    bench.keep(delivery, Bench.keeping(Duration.ofSeconds(4), Duration.ofSeconds(8)));
    bench.advance(30);
    assertThat(lease.sent).containsExactly("kept at PT4S");
    assertThat(keeper.nextNanos()).isEqualTo(DriverClock.NEVER);
    ScriptedLease longer = bench.lease();
    bench.keep(
        bench.delivery(longer),
        Bench.keeping(Duration.ofSeconds(4), Duration.ofSeconds(8).plusNanos(1)));
    bench.advance(30);
    assertThat(longer.sent).hasSize(2);
  }

  /**
   * Otherwise the clock of the machine sleeps until a later time, and the loss is reported late.
   */
  @Test
  void theClockIsWokenForAWatchedLease() {
    CompletionStage<Void> unused = delivery.whenLeaseLost();
    assertThat(bench.clock.wishes).containsOnly(at(12_000)).isNotEmpty();
  }

  @Test
  void theClockIsWokenForAWatchedLeaseThatWasExtended() {
    CompletionStage<Void> lost = delivery.whenLeaseLost();
    bench.advance(5);
    bench.clock.wishes.clear();
    assertThat(delivery.extend()).isTrue();
    assertThat(bench.clock.wishes).containsExactly(at(17_000));
    bench.clock.advance(Duration.ofSeconds(12).minusNanos(1));
    assertThat(isLost(lost)).isFalse();
    bench.clock.advance(Duration.ofNanos(1));
    assertThat(isLost(lost)).isTrue();
  }

  /** The dependent stages are code of a user, which must not run on the thread of the clock. */
  @Test
  void aLossIsReportedByAReactionOfTheClock() {
    CompletionStage<Void> lost = delivery.whenLeaseLost();
    bench.advance(11);
    assertThat(bench.clock.reactions).isZero();
    bench.advance(1);
    assertThat(isLost(lost)).isTrue();
    assertThat(bench.clock.reactions).isOne();
  }

  /** A worker that cannot settle a task lets its lease expire, and its handler must learn that. */
  @Test
  void aLeaseThatIsKeptNoLongerIsStillWatched() {
    bench.keep(delivery, Bench.keeping());
    CompletionStage<Void> lost = delivery.whenLeaseLost();
    bench.advance(5);
    delivery.keepNoLonger();
    bench.advance(10);
    assertThat(lease.sent).containsExactly("kept at PT4S");
    assertThat(isLost(lost)).isFalse();
    bench.advance(1);
    assertThat(isLost(lost)).isTrue();
    delivery.keepNoLonger();
    bench.advance(60);
    assertThat(lease.sent).hasSize(1);
  }

  /** The delivery may be garbage-collected, and nothing else remembers that it was settled. */
  @Test
  void aSettledDeliveryIsNotWatched() {
    delivery.ack();
    CompletionStage<Void> lost = delivery.whenLeaseLost();
    assertThat(keeper.size()).isZero();
    bench.advance(60);
    assertThat(isLost(lost)).isFalse();
  }

  @Test
  void aDeliveryWhoseSettlementFailsIsWatchedFromThenOn() {
    lease.silent = true;
    var unused = delivery.ackAsync();
    CompletionStage<Void> lost = delivery.whenLeaseLost();
    bench.advance(1);
    lease.answer(down);
    bench.advance(10);
    assertThat(isLost(lost)).isFalse();
    bench.advance(1);
    assertThat(isLost(lost)).isTrue();
  }

  /** Another worker may have the task, also while its holder still refers to it. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 12})
  void aDeliveryWithAnUnknownOutcomeIsLostAtTheEndOfItsLease(int askedAfter) {
    bench.keep(delivery, Bench.keeping());
    CompletionStage<Void> lost = askedAfter == 0 ? delivery.whenLeaseLost() : null;
    lease.failure = new OutcomeUnknownException("no answer", null);
    assertThatThrownBy(delivery::nak).isInstanceOf(OutcomeUnknownException.class);
    bench.advance(askedAfter);
    lost = lost == null ? delivery.whenLeaseLost() : lost;
    bench.advance(Math.max(0, 11 - askedAfter));
    assertThat(isLost(lost)).isEqualTo(askedAfter == 12);
    bench.advance(1);
    assertThat(isLost(lost)).isTrue();
    assertThat(lease.sent).containsExactly("nak PT0S");
  }

  /** The queue may be closed long after the lease has ended. */
  @Test
  void noLossIsReportedAfterTheClose() {
    keeper.close();
    CompletionStage<Void> early = delivery.whenLeaseLost();
    ClientDelivery other = bench.delivery(bench.lease());
    bench.advance(12);
    CompletionStage<Void> late = other.whenLeaseLost();
    assertThat(isLost(early)).isFalse();
    assertThat(isLost(late)).isFalse();
  }

  @Test
  void theLossOfACollectedDeliveryIsReported() {
    WeakReference<?>[] forgotten = new WeakReference<?>[1];
    CompletionStage<Void> lost = watchAndForget(forgotten);
    while (forgotten[0].get() != null) {
      System.gc();
      Thread.onSpinWait();
    }
    bench.clock.advance(Duration.ofSeconds(12).minusNanos(1));
    assertThat(isLost(lost)).isFalse();
    bench.clock.advance(Duration.ofNanos(1));
    assertThat(isLost(lost)).isTrue();
    assertThat(keeper.nextNanos()).isEqualTo(DriverClock.NEVER);
  }

  private CompletionStage<Void> watchAndForget(WeakReference<?>[] forgotten) {
    ClientDelivery abandoned = bench.delivery(new ScriptedLease(bench.clock, Bench.LEASE));
    bench.keep(abandoned, Bench.keeping());
    forgotten[0] = new WeakReference<>(abandoned);
    return abandoned.whenLeaseLost();
  }

  /** The second request has been sent after it, and decides when the next one is due. */
  @Test
  void theLateFailureOfAnEarlierExtensionChangesNothing() {
    bench.keep(delivery, every(6));
    lease.silent = true;
    bench.advance(9);
    assertThat(lease.sent).containsExactly("kept at PT6S", "kept at PT9S");
    lease.exchanges.get(1).succeed(Settlement.SETTLED);
    lease.exchanges.get(0).fail(down);
    bench.clock.advance(Duration.ofSeconds(6).minusNanos(1));
    assertThat(lease.sent).hasSize(2);
    bench.clock.advance(Duration.ofNanos(1));
    assertThat(lease.sent).hasSize(3).last().isEqualTo("kept at PT15S");
  }

  /** A lease of its second extension does not become shorter by the answer to the first one. */
  @Test
  void theLateAnswerOfAnEarlierExtensionDoesNotShortenTheLease() {
    bench.keep(delivery, every(6));
    lease.silent = true;
    bench.advance(9);
    lease.exchanges.get(1).succeed(Settlement.SETTLED);
    assertThat(delivery.leaseRemaining()).isEqualTo(Duration.ofSeconds(12));
    lease.exchanges.get(0).succeed(Settlement.SETTLED);
    assertThat(delivery.leaseRemaining()).isEqualTo(Duration.ofSeconds(12));
  }

  @Test
  void aFailedExtensionIsRepeatedAfterAQuarterOfAStep() {
    bench.keep(delivery, every(4));
    lease.failure = down;
    bench.clock.advance(Duration.ofMillis(4_999));
    assertThat(lease.sent).hasSize(1);
    lease.failure = null;
    bench.clock.advance(Duration.ofMillis(1));
    assertThat(lease.sent).containsExactly("kept at PT4S", "kept at PT5S");
    bench.clock.advance(Duration.ofMillis(3_999));
    assertThat(lease.sent).as("a whole step after the success").hasSize(2);
    bench.clock.advance(Duration.ofMillis(1));
    assertThat(lease.sent).hasSize(3);
  }

  @Test
  void anExpiredLeaseThatIsSettledIsNotReportedAsLost() {
    delivery.ack();
    bench.advance(12);
    assertThat(isLost(delivery.whenLeaseLost())).isFalse();
    assertThat(keeper.nextNanos()).isEqualTo(DriverClock.NEVER);
    assertThat(keeper.size()).isZero();
  }

  @Test
  void allLeasesOfAMomentAreExtendedThen() {
    ScriptedLease other = bench.lease();
    ClientDelivery second = bench.delivery(other);
    bench.keep(delivery, every(4));
    bench.keep(second, every(4));
    keeper.runDue(at(4_000));
    assertThat(lease.sent).hasSize(1);
    assertThat(other.sent).hasSize(1);
    keeper.runDue(at(4_000));
    assertThat(lease.sent).as("a second run at the same time").hasSize(1);
    assertThat(second.leaseExpired()).isFalse();
  }
}
