package dev.jetlane.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueUnavailableException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class LeaseKeeperTest {

  private static final Duration LEASE = Duration.ofSeconds(12);

  private final ManualTimer timer = new ManualTimer();
  private final ScriptedDelivery delivery = new ScriptedDelivery(timer, LEASE);

  private LeaseKeeping keeping(Duration every, Duration max) {
    PullOptions options = PullOptions.defaults().withLeaseKeeping(every, max);
    return LeaseKeeping.of(timer.keeper, options, LEASE);
  }

  private LeaseKeeping keeping() {
    return keeping(Duration.ZERO, Duration.ofHours(1));
  }

  private void advance(int seconds) {
    timer.advance(Duration.ofSeconds(seconds));
  }

  private boolean isLost(CompletionStage<Void> lost) {
    return lost.toCompletableFuture().isDone();
  }

  @Test
  void extendsAtEveryThirdOfTheLease() {
    keeping().keep(delivery);
    advance(13);
    assertThat(delivery.sent).containsExactly("beat PT4S", "beat PT8S", "beat PT12S");
    assertThat(delivery.leaseRemaining()).isEqualTo(Duration.ofSeconds(11));
  }

  @Test
  void extendsAtTheStepThatWasAskedFor() {
    keeping(Duration.ofSeconds(6), Duration.ofHours(1)).keep(delivery);
    advance(13);
    assertThat(delivery.sent).containsExactly("beat PT6S", "beat PT12S");
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
    LeaseKeeping.of(timer.keeper, PullOptions.defaults(), LEASE).keep(delivery);
    assertThat(timer.keeper.nextNanos()).isEqualTo(LeaseKeeper.NEVER);
    assertThat(timer.wishes).isEmpty();
  }

  @Test
  void aFailedBeatIsTriedAgainWithinTheLease() {
    keeping(Duration.ofSeconds(6), Duration.ofHours(1)).keep(delivery);
    delivery.failure = new QueueUnavailableException("down", null);
    advance(9);
    delivery.failure = null;
    advance(2);
    assertThat(delivery.sent)
        .containsExactly("beat PT6S", "beat PT7.5S", "beat PT9S", "beat PT10.5S");
    assertThat(delivery.leaseExpired()).isFalse();
  }

  @Test
  void aBeatThatNobodyAnswersDoesNotCountAndIsTriedAgainWithinTheLease() {
    keeping(Duration.ofSeconds(6), Duration.ofHours(1)).keep(delivery);
    delivery.beatConfirmation = new CompletableFuture<>();
    advance(7);
    assertThat(delivery.leaseRemaining()).isEqualTo(Duration.ofSeconds(5));
    delivery.beatConfirmation = CompletableFuture.completedFuture(null);
    advance(6);
    assertThat(delivery.sent).containsExactly("beat PT6S", "beat PT9S");
    assertThat(delivery.leaseRemaining()).isEqualTo(Duration.ofSeconds(8));
  }

  @Test
  void anExpiredLeaseStaysExpired() {
    keeping().keep(delivery);
    delivery.failure = new OutcomeUnknownException("lost", null);
    CompletionStage<Void> lost = delivery.leaseLost();
    advance(12);
    assertThat(isLost(lost)).isTrue();
    int beats = delivery.sent.size();
    delivery.failure = null;
    advance(60);
    assertThat(delivery.sent).hasSize(beats);
    assertThat(timer.keeper.nextNanos()).isEqualTo(LeaseKeeper.NEVER);
  }

  @Test
  void stopsAtSettlement() {
    keeping().keep(delivery);
    advance(5);
    delivery.ack();
    advance(60);
    assertThat(delivery.sent).containsExactly("beat PT4S", "ack");
  }

  @Test
  void goesOnWhenASettlementFailed() {
    keeping().keep(delivery);
    delivery.confirmation = new CompletableFuture<>();
    var unused = delivery.ackAsync();
    advance(5);
    assertThat(delivery.sent).containsExactly("ack");
    delivery.confirmation.completeExceptionally(new QueueUnavailableException("down", null));
    advance(1);
    assertThat(delivery.sent).containsExactly("ack", "beat PT5S");
  }

  @Test
  void stopsWhenClosed() {
    LeaseKeeping keeping = keeping();
    keeping.keep(delivery);
    keeping.close();
    ScriptedDelivery later = new ScriptedDelivery(timer, LEASE);
    keeping.keep(later);
    advance(30);
    assertThat(delivery.sent).isEmpty();
    assertThat(later.sent).isEmpty();
  }

  @Test
  void stopsWithTheQueue() {
    keeping().keep(delivery);
    CompletionStage<Void> lost = delivery.leaseLost();
    timer.keeper.close();
    ScriptedDelivery later = new ScriptedDelivery(timer, LEASE);
    keeping().keep(later);
    timer.keeper.tick(timer.nowNanos() + Duration.ofHours(1).toNanos());
    assertThat(delivery.sent).isEmpty();
    assertThat(later.sent).isEmpty();
    assertThat(isLost(lost)).isFalse();
  }

  @Test
  void stopsAfterTheMaximum() {
    keeping(Duration.ofSeconds(4), Duration.ofSeconds(10)).keep(delivery);
    CompletionStage<Void> lost = delivery.leaseLost();
    advance(19);
    assertThat(delivery.sent).containsExactly("beat PT4S", "beat PT8S");
    assertThat(isLost(lost)).isFalse();
    advance(1);
    assertThat(isLost(lost)).isTrue();
  }

  @Test
  void stopsWhenTheDeliveryWasForgotten() {
    List<String> beats = new ArrayList<>();
    WeakReference<ScriptedDelivery> forgotten = abandon(beats);
    while (forgotten.get() != null) {
      System.gc();
      Thread.onSpinWait();
    }
    advance(60);
    assertThat(beats).isEmpty();
    assertThat(timer.keeper.nextNanos()).isEqualTo(LeaseKeeper.NEVER);
  }

  private WeakReference<ScriptedDelivery> abandon(List<String> beats) {
    ScriptedDelivery abandoned =
        new ScriptedDelivery(timer, LEASE) {
          @Override
          protected CompletableFuture<Void> sendBeat(long now) {
            beats.add("beat");
            return super.sendBeat(now);
          }
        };
    keeping().keep(abandoned);
    return new WeakReference<>(abandoned);
  }

  @Test
  void tellsOnceThatALeaseIsLost() {
    List<String> told = new ArrayList<>();
    CompletionStage<Void> first = delivery.leaseLost().thenRun(() -> told.add("first"));
    CompletionStage<Void> second = delivery.leaseLost().thenRun(() -> told.add("second"));
    advance(11);
    assertThat(told).isEmpty();
    advance(60);
    assertThat(told).containsExactlyInAnyOrder("first", "second");
    assertThat(isLost(first)).isTrue();
    assertThat(isLost(second)).isTrue();
    assertThat(isLost(delivery.leaseLost())).isTrue();
  }

  @Test
  void tellsAtOnceThatALeaseWasLost() {
    advance(12);
    assertThat(isLost(delivery.leaseLost())).isTrue();
  }

  @Test
  void tellsNothingAfterASettlement() {
    CompletionStage<Void> lost = delivery.leaseLost();
    delivery.nak();
    advance(60);
    assertThat(isLost(lost)).isFalse();
    assertThat(isLost(delivery.leaseLost())).isFalse();
  }

  @Test
  void tellsOfALeaseThatRanOutWhileASettlementFailed() {
    CompletionStage<Void> lost = delivery.leaseLost();
    delivery.confirmation = new CompletableFuture<>();
    var unused = delivery.ackAsync();
    advance(13);
    assertThat(isLost(lost)).isFalse();
    delivery.confirmation.completeExceptionally(new QueueUnavailableException("down", null));
    advance(1);
    assertThat(isLost(lost)).isTrue();
  }

  @Test
  void tellsLaterWhenTheLeaseWasExtended() {
    CompletionStage<Void> lost = delivery.leaseLost();
    advance(10);
    delivery.extend();
    advance(11);
    assertThat(isLost(lost)).isFalse();
    advance(1);
    assertThat(isLost(lost)).isTrue();
  }

  @Test
  void aStageCannotBeCompletedByItsReader() {
    delivery.leaseLost().toCompletableFuture().complete(null);
    assertThat(isLost(delivery.leaseLost())).isFalse();
  }

  @Test
  void asksToBeWokenForTheNextThingToDo() {
    keeping().keep(delivery);
    assertThat(timer.wishes).containsOnly(timer.startNanos() + Duration.ofSeconds(4).toNanos());
  }

  @Test
  void manyLeasesAreEachExtendedInTimeWhateverIsSettledBetween() {
    Random random = new Random(7);
    List<ScriptedDelivery> open = new ArrayList<>();
    LeaseKeeping keeping = keeping();
    for (int i = 0; i < 2_000; i++) {
      ScriptedDelivery next = new ScriptedDelivery(timer, LEASE);
      keeping.keep(next);
      open.add(next);
      timer.advance(Duration.ofMillis(random.nextInt(40)));
      if (random.nextBoolean()) {
        open.remove(random.nextInt(open.size())).ack();
      }
    }
    assertThat(open).hasSizeGreaterThan(500).noneMatch(ScriptedDelivery::leaseExpired);
    open.forEach(ScriptedDelivery::ack);
    assertThat(timer.keeper.nextNanos()).isEqualTo(LeaseKeeper.NEVER);
  }

  @Test
  void whatIsSettledTakesNoRoomForLong() {
    LeaseKeeping keeping = keeping();
    List<ScriptedDelivery> open = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      ScriptedDelivery next = new ScriptedDelivery(timer, LEASE);
      keeping.keep(next);
      if (i % 1_000 == 0) {
        open.add(next);
      } else {
        next.ack();
      }
    }
    assertThat(timer.keeper.size()).isLessThan(200);
    advance(5);
    assertThat(timer.keeper.size()).isEqualTo(open.size());
    assertThat(open).allMatch(delivery -> delivery.sent.equals(List.of("beat PT4S")));
  }
}
