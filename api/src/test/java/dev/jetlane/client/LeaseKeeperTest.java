// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static dev.jetlane.client.Bench.keeping;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.DriverClock;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class LeaseKeeperTest {

  private final Bench bench = new Bench();
  private final LeaseKeeper keeper = bench.keeper;
  private final ScriptedLease lease = bench.lease();
  private final ClientDelivery delivery = bench.delivery(lease);

  private void advance(int seconds) {
    bench.advance(seconds);
  }

  private boolean isLost(CompletionStage<Void> lost) {
    return lost.toCompletableFuture().isDone();
  }

  @Test
  void extendsAtEveryThirdOfTheLease() {
    bench.keep(delivery, keeping());
    advance(13);
    assertThat(lease.sent).containsExactly("kept at PT4S", "kept at PT8S", "kept at PT12S");
    assertThat(delivery.leaseRemaining()).isEqualTo(Duration.ofSeconds(11));
  }

  @Test
  void extendsAtTheConfiguredInterval() {
    bench.keep(delivery, keeping(Duration.ofSeconds(6), Duration.ofHours(1)));
    advance(13);
    assertThat(lease.sent).containsExactly("kept at PT6S", "kept at PT12S");
  }

  @Test
  void refusesAStepThatDoesNotFitTheLease() {
    assertThatThrownBy(() -> keeping(Duration.ofSeconds(6).plusNanos(1), Duration.ofHours(1)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("PT12S");
    assertThatCode(() -> keeping(Duration.ofSeconds(6), Duration.ofHours(1)))
        .doesNotThrowAnyException();
  }

  @Test
  void withoutKeepingNothingIsExtended() {
    assertThat(LeaseKeeping.of(PullOptions.defaults(), Bench.LEASE).isOn()).isFalse();
    assertThat(keeper.nextNanos()).isEqualTo(DriverClock.NEVER);
    assertThat(bench.clock.wishes).isEmpty();
  }

  /** Otherwise no pull would find the task again. */
  @Test
  void theLeaseOfAnExpiredTaskIsNotKeptWithoutItsDeadLetter() {
    bench.keep(delivery, keeping());
    lease.failure = new QueueUnavailableException("down", null);
    delivery.expire();
    lease.failure = null;
    advance(13);
    assertThat(lease.sent).containsExactly("deadLetter expired");
    assertThat(delivery.leaseExpired()).isTrue();
  }

  @Test
  void aFailedExtensionIsRetriedWithinTheLease() {
    bench.keep(delivery, keeping(Duration.ofSeconds(6), Duration.ofHours(1)));
    lease.failure = new QueueUnavailableException("down", null);
    advance(9);
    lease.failure = null;
    advance(2);
    assertThat(lease.sent)
        .containsExactly("kept at PT6S", "kept at PT7.5S", "kept at PT9S", "kept at PT10.5S");
    assertThat(delivery.leaseExpired()).isFalse();
  }

  @Test
  void anUnansweredExtensionDoesNotCountAndIsRetriedWithinTheLease() {
    bench.keep(delivery, keeping(Duration.ofSeconds(6), Duration.ofHours(1)));
    lease.silent = true;
    advance(7);
    assertThat(delivery.leaseRemaining()).isEqualTo(Duration.ofSeconds(5));
    lease.silent = false;
    advance(6);
    assertThat(lease.sent).containsExactly("kept at PT6S", "kept at PT9S");
    assertThat(delivery.leaseRemaining()).isEqualTo(Duration.ofSeconds(8));
  }

  @Test
  void anExpiredLeaseStaysExpired() {
    bench.keep(delivery, keeping());
    lease.failure = new OutcomeUnknownException("lost", null);
    CompletionStage<Void> lost = delivery.whenLeaseLost();
    advance(12);
    assertThat(isLost(lost)).isTrue();
    int extensions = lease.sent.size();
    lease.failure = null;
    advance(60);
    assertThat(lease.sent).hasSize(extensions);
    assertThat(keeper.nextNanos()).isEqualTo(DriverClock.NEVER);
  }

  @Test
  void stopsAtSettlement() {
    bench.keep(delivery, keeping());
    advance(5);
    delivery.ack();
    advance(60);
    assertThat(lease.sent).containsExactly("kept at PT4S", "ack");
  }

  @Test
  void continuesAfterAFailedSettlement() {
    bench.keep(delivery, keeping());
    lease.silent = true;
    var unused = delivery.ackAsync();
    advance(5);
    assertThat(lease.sent).containsExactly("ack");
    lease.silent = false;
    lease.answer(new QueueUnavailableException("down", null));
    advance(1);
    assertThat(lease.sent).containsExactly("ack", "kept at PT5S");
  }

  /** Otherwise the clock sleeps until a later time, and the lease is lost. */
  @Test
  void theClockIsWokenForALeaseThatIsDueEarlierAfterAnAnswer() {
    bench.keep(delivery, keeping(Duration.ofSeconds(6), Duration.ofHours(1)));
    lease.silent = true;
    advance(7);
    bench.clock.wishes.clear();
    lease.answer(new QueueUnavailableException("down", null));
    assertThat(bench.clock.wishes)
        .containsExactly(bench.clock.startNanos() + Duration.ofMillis(7_500).toNanos());
  }

  @Test
  void theClockIsWokenForALeaseThatIsKeptAgainAfterAFailedSettlement() {
    bench.keep(delivery, keeping());
    lease.silent = true;
    var unused = delivery.ackAsync();
    advance(5);
    bench.clock.wishes.clear();
    lease.answer(new QueueUnavailableException("down", null));
    assertThat(bench.clock.wishes)
        .containsExactly(bench.clock.startNanos() + Duration.ofSeconds(4).toNanos());
  }

  @Test
  void stopsWhenClosed() {
    LeaseKeeping keeping = keeping();
    bench.keep(delivery, keeping);
    keeping.close();
    assertThat(keeping.isOn()).isFalse();
    advance(30);
    assertThat(lease.sent).isEmpty();
  }

  @Test
  void stopsWithTheQueue() {
    bench.keep(delivery, keeping());
    CompletionStage<Void> lost = delivery.whenLeaseLost();
    keeper.close();
    ScriptedLease later = bench.lease();
    bench.keep(bench.delivery(later), keeping());
    keeper.runDue(bench.clock.nanoTime() + Duration.ofHours(1).toNanos());
    assertThat(lease.sent).isEmpty();
    assertThat(later.sent).isEmpty();
    assertThat(isLost(lost)).isFalse();
    assertThat(bench.clock.works).isEmpty();
  }

  @Test
  void stopsAfterTheMaximum() {
    bench.keep(delivery, keeping(Duration.ofSeconds(4), Duration.ofSeconds(10)));
    CompletionStage<Void> lost = delivery.whenLeaseLost();
    advance(19);
    assertThat(lease.sent).containsExactly("kept at PT4S", "kept at PT8S");
    assertThat(isLost(lost)).isFalse();
    advance(1);
    assertThat(isLost(lost)).isTrue();
  }

  @Test
  void stopsWhenTheDeliveryIsGarbageCollected() {
    List<String> sent = new ArrayList<>();
    WeakReference<ClientDelivery> forgotten = abandon(sent);
    while (forgotten.get() != null) {
      System.gc();
      Thread.onSpinWait();
    }
    advance(60);
    assertThat(sent).isEmpty();
    assertThat(keeper.nextNanos()).isEqualTo(DriverClock.NEVER);
  }

  private WeakReference<ClientDelivery> abandon(List<String> sent) {
    ClientDelivery abandoned = bench.delivery(new ScriptedLease(bench.clock, Bench.LEASE, sent));
    bench.keep(abandoned, keeping());
    return new WeakReference<>(abandoned);
  }

  @Test
  void reportsALostLeaseOnce() {
    List<String> told = new ArrayList<>();
    CompletionStage<Void> first = delivery.whenLeaseLost().thenRun(() -> told.add("first"));
    CompletionStage<Void> second = delivery.whenLeaseLost().thenRun(() -> told.add("second"));
    advance(11);
    assertThat(told).isEmpty();
    advance(60);
    assertThat(told).containsExactlyInAnyOrder("first", "second");
    assertThat(isLost(first)).isTrue();
    assertThat(isLost(second)).isTrue();
    assertThat(isLost(delivery.whenLeaseLost())).isTrue();
  }

  @Test
  void reportsALeaseThatIsAlreadyLostImmediately() {
    advance(12);
    assertThat(isLost(delivery.whenLeaseLost())).isTrue();
  }

  @Test
  void reportsNothingAfterASettlement() {
    CompletionStage<Void> lost = delivery.whenLeaseLost();
    delivery.nak();
    advance(60);
    assertThat(isLost(lost)).isFalse();
    assertThat(isLost(delivery.whenLeaseLost())).isFalse();
  }

  @Test
  void reportsALeaseThatExpiredDuringAFailedSettlement() {
    CompletionStage<Void> lost = delivery.whenLeaseLost();
    lease.silent = true;
    var unused = delivery.ackAsync();
    advance(13);
    assertThat(isLost(lost)).isFalse();
    lease.silent = false;
    lease.answer(new QueueUnavailableException("down", null));
    advance(1);
    assertThat(isLost(lost)).isTrue();
  }

  @Test
  void reportsTheLossLaterAfterAnExtension() {
    CompletionStage<Void> lost = delivery.whenLeaseLost();
    advance(10);
    delivery.extend();
    advance(11);
    assertThat(isLost(lost)).isFalse();
    advance(1);
    assertThat(isLost(lost)).isTrue();
  }

  @Test
  void aStageCannotBeCompletedByItsReader() {
    delivery.whenLeaseLost().toCompletableFuture().complete(null);
    assertThat(isLost(delivery.whenLeaseLost())).isFalse();
  }

  @Test
  void schedulesItsNextWork() {
    bench.keep(delivery, keeping());
    assertThat(bench.clock.wishes)
        .containsOnly(bench.clock.startNanos() + Duration.ofSeconds(4).toNanos());
  }

  @Test
  void manyLeasesAreExtendedInTimeWhileOthersAreSettled() {
    Random random = new Random(7);
    List<ClientDelivery> open = new ArrayList<>();
    LeaseKeeping keeping = keeping();
    for (int i = 0; i < 2_000; i++) {
      ClientDelivery next = bench.delivery(bench.lease());
      bench.keep(next, keeping);
      open.add(next);
      bench.clock.advance(Duration.ofMillis(random.nextInt(40)));
      if (random.nextBoolean()) {
        open.remove(random.nextInt(open.size())).ack();
      }
    }
    assertThat(open).hasSizeGreaterThan(500).noneMatch(ClientDelivery::leaseExpired);
    open.forEach(ClientDelivery::ack);
    assertThat(keeper.nextNanos()).isEqualTo(DriverClock.NEVER);
  }

  @Test
  void settledLeasesAreSoonDropped() {
    LeaseKeeping keeping = keeping();
    List<ScriptedLease> open = new ArrayList<>();
    List<ClientDelivery> held = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      ScriptedLease next = bench.lease();
      ClientDelivery taken = bench.delivery(next);
      bench.keep(taken, keeping);
      if (i % 1_000 == 0) {
        open.add(next);
        held.add(taken);
      } else {
        taken.ack();
      }
    }
    assertThat(keeper.size()).isLessThan(200);
    advance(5);
    assertThat(keeper.size()).isEqualTo(held.size());
    assertThat(open).allMatch(each -> each.sent.equals(List.of("kept at PT4S")));
  }
}
