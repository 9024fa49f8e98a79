// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.jetlane.driver.DriverClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The moments at which leases are extended or lost, and at which the clock is woken for them. */
class LeaseKeeperTimesTest {

  private static final LeaseKeeping EVERY_SIX = Bench.keeping(s(6), Duration.ofHours(1));

  private final List<Runnable> heldReactions = new ArrayList<>();

  /** Its reactions wait until the test runs them. */
  private final StandingClock standing =
      new StandingClock() {
        @Override
        public void execute(Runnable reaction) {
          heldReactions.add(reaction);
        }
      };

  private final LeaseKeeper keeper = new LeaseKeeper(standing);
  private final long start = standing.startNanos();

  /** A lease whose extensions wait for their answers. */
  private final class Kept implements KeepableLease {

    final List<CompletableFuture<Object>> asked = new ArrayList<>();
    final List<Duration> times = new ArrayList<>();
    long end = start + Bench.LEASE.toNanos();
    boolean open = true;
    @Nullable Error failure;
    private @Nullable KeptLease kept;

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public boolean canBeLost() {
      return open;
    }

    @Override
    public long leaseEndNanos() {
      return end;
    }

    @Override
    public KeptLease kept() {
      KeptLease known = kept == null ? new KeptLease(this) : kept;
      kept = known;
      return known;
    }

    @Override
    public CompletableFuture<?> extendKept(long now) {
      times.add(Duration.ofNanos(now - start));
      if (failure != null) {
        throw failure;
      }
      CompletableFuture<Object> answer = new CompletableFuture<>();
      asked.add(answer);
      return answer;
    }

    void confirm(int request) {
      end = start + times.get(request).plus(Bench.LEASE).toNanos();
      boolean unused = asked.get(request).complete("confirmed");
    }

    void refuse(int request) {
      boolean unused = asked.get(request).completeExceptionally(new IllegalStateException("no"));
    }
  }

  private static Duration s(double seconds) {
    return Duration.ofNanos(Math.round(seconds * 1e9));
  }

  private void advance(double seconds) {
    standing.advance(s(seconds));
  }

  private boolean isDone(CompletionStage<Void> stage) {
    return stage.toCompletableFuture().isDone();
  }

  private List<Duration> wishes() {
    List<Duration> wishes =
        standing.wishes.stream().map(each -> Duration.ofNanos(each - start)).toList();
    standing.wishes.clear();
    return wishes;
  }

  @Test
  void theAnswerOfAnEarlierRequestDoesNotMoveTheNextOne() {
    Kept lease = new Kept();
    keeper.keep(lease, EVERY_SIX, start);
    advance(9);
    assertThat(lease.times).containsExactly(s(6), s(9));
    lease.refuse(0);
    advance(2.9);
    assertThat(lease.times).as("after the failure of the first one").hasSize(2);
    lease.confirm(1);
    advance(3);
    assertThat(lease.times).as("six seconds after the second one").hasSize(2);
    advance(0.1);
    assertThat(lease.times).containsExactly(s(6), s(9), s(15));
  }

  @Test
  void aConfirmedExtensionIsFollowedAfterAWholeStep() {
    Kept lease = new Kept();
    keeper.keep(lease, EVERY_SIX, start);
    advance(6);
    advance(1);
    lease.confirm(0);
    assertThat(wishes()).endsWith(s(12));
    advance(10);
    assertThat(lease.times).containsExactly(s(6), s(12), s(15));
  }

  /** A defect of the driver is a failed extension, and does not end the clock's run. */
  @Test
  void anExtensionThatThrowsIsRepeatedAfterAQuarterOfAStep() {
    Kept broken = new Kept();
    broken.failure = new NoClassDefFoundError("a defect");
    Kept good = new Kept();
    keeper.keep(broken, EVERY_SIX, start);
    keeper.keep(good, EVERY_SIX, start);
    advance(7.5);
    assertThat(broken.times).containsExactly(s(6), s(7.5));
    assertThat(good.times).containsExactly(s(6));
  }

  /** The time to keep a lease is its end: an extension at that moment is not requested. */
  @Test
  void noExtensionIsRequestedAtTheEndOfTheKeeping() {
    Kept lease = new Kept();
    keeper.keep(lease, Bench.keeping(s(4), s(8)), start);
    advance(4);
    lease.confirm(0);
    assertThat(keeper.size()).isZero();
    Kept longer = new Kept();
    keeper.keep(longer, Bench.keeping(s(4), s(8).plusNanos(1)), start);
    advance(0);
    longer.confirm(0);
    advance(8);
    assertThat(lease.times).containsExactly(s(4));
    assertThat(longer.times).containsExactly(s(4), s(8));
  }

  /** Between two of its extensions. */
  @Test
  void aLeaseWhoseExtensionsAreNotConfirmedIsLostAtItsEnd() {
    Kept lease = new Kept();
    keeper.keep(lease, Bench.keeping(s(5), Duration.ofHours(1)), start);
    CompletionStage<Void> lost = keeper.watch(lease);
    standing.advance(s(12).minusNanos(1));
    assertThat(lease.times).containsExactly(s(5), s(7.5), s(10));
    assertThat(heldReactions).isEmpty();
    standing.advance(Duration.ofNanos(1));
    assertThat(heldReactions).as("losses at the end of the lease").hasSize(1);
    heldReactions.get(0).run();
    assertThat(isDone(lost)).isTrue();
    advance(60);
    assertThat(lease.times).as("extensions of an expired lease").hasSize(3);
    assertThat(keeper.nextNanos()).isEqualTo(DriverClock.NEVER);
  }

  /** The time of a task in a buffer belongs to the time for which its lease is kept. */
  @Test
  void theStepsAndTheMaximumCountFromTheStartOfTheLease() {
    Kept lease = new Kept();
    lease.end = start + s(9).toNanos();
    keeper.keep(lease, Bench.keeping(s(4), s(10)), start - s(3).toNanos());
    advance(1);
    lease.confirm(0);
    advance(4);
    lease.confirm(1);
    advance(60);
    assertThat(lease.times).containsExactly(s(1), s(5));
  }

  @Test
  void aLeaseIsLostAtItsEndAndNotBefore() {
    Kept lease = new Kept();
    CompletionStage<Void> lost = keeper.watch(lease);
    assertThat(wishes()).as("the clock is woken at the end").containsExactly(s(12));
    standing.advance(s(12).minusNanos(1));
    assertThat(heldReactions).isEmpty();
    standing.advance(Duration.ofNanos(1));
    assertThat(heldReactions).hasSize(1);
    assertThat(isDone(lost)).as("completed on the clock, not by the keeper's run").isFalse();
    heldReactions.get(0).run();
    assertThat(isDone(lost)).isTrue();
    assertThat(keeper.nextNanos()).isEqualTo(DriverClock.NEVER);
  }

  @Test
  void aWatchedAndKeptLeaseIsExtendedAndThenLost() {
    Kept lease = new Kept();
    keeper.keep(lease, EVERY_SIX, start);
    CompletionStage<Void> lost = keeper.watch(lease);
    advance(6);
    lease.confirm(0);
    advance(6);
    assertThat(lease.times).containsExactly(s(6), s(12));
    lease.refuse(1);
    keeper.keepNoLonger(lease.kept());
    advance(5.999);
    assertThat(heldReactions).isEmpty();
    advance(0.001);
    heldReactions.forEach(Runnable::run);
    assertThat(isDone(lost)).isTrue();
    assertThat(lease.times).as("extensions of a lease that is kept no longer").hasSize(2);
  }

  /** While a settlement is in flight, the lease is neither extended nor lost. */
  @Test
  void aSettlementThatFailsAfterTheEndLosesTheLease() {
    Kept lease = new Kept();
    keeper.keep(lease, EVERY_SIX, start);
    lease.open = false;
    CompletionStage<Void> lost = keeper.watch(lease);
    advance(13);
    assertThat(lease.times).isEmpty();
    assertThat(heldReactions).isEmpty();
    standing.wishes.clear();
    lease.open = true;
    keeper.changed(lease.kept(), lease);
    assertThat(wishes()).as("the clock is woken").isNotEmpty();
    advance(0.1);
    heldReactions.forEach(Runnable::run);
    assertThat(isDone(lost)).isTrue();
    assertThat(lease.times).as("an expired lease is not extended").isEmpty();
  }

  @Test
  void aLeaseThatHasExpiredIsLostImmediatelyOnlyIfItIsOpen() {
    Kept settling = new Kept();
    settling.open = false;
    Kept open = new Kept();
    advance(12);
    assertThat(isDone(keeper.watch(settling))).isFalse();
    assertThat(isDone(keeper.watch(open))).isTrue();
    assertSame(keeper.watch(open), keeper.watch(open));
  }

  @Test
  void afterARunTheClockIsWokenForTheNextLease() {
    Kept first = new Kept();
    Kept second = new Kept();
    keeper.keep(first, EVERY_SIX, start);
    keeper.keep(second, EVERY_SIX, start + s(2).toNanos());
    assertThat(wishes()).containsExactly(s(6), s(6));
    first.open = false;
    keeper.release(first.kept());
    keeper.runDue(start + s(6).toNanos());
    assertThat(wishes()).containsExactly(s(8));
    assertThat(first.times).isEmpty();
  }

  @Test
  void anExtensionByTheHolderPostponesTheNextOneOfTheKeeperOnlyIfItIsConfirmed() {
    Kept lease = new Kept();
    keeper.keep(lease, EVERY_SIX, start);
    CompletionStage<Void> lost = keeper.watch(lease);
    keeper.keepNoLonger(lease.kept());
    assertThat(keeper.nextNanos()).as("watched until its end").isEqualTo(lease.end);
    lease.end += s(5).toNanos();
    keeper.changed(lease.kept(), lease);
    assertThat(keeper.nextNanos()).isEqualTo(start + s(17).toNanos());
    assertThat(wishes()).endsWith(s(17));
    advance(16.9);
    assertThat(heldReactions).isEmpty();
    assertThat(isDone(lost)).isFalse();
  }

  @Test
  void nothingIsLostAfterTheClose() {
    Kept lease = new Kept();
    CompletionStage<Void> before = keeper.watch(lease);
    keeper.close();
    wishes();
    Kept other = new Kept();
    CompletionStage<Void> after = keeper.watch(other);
    keeper.keep(other, EVERY_SIX, start);
    keeper.changed(other.kept(), other);
    assertThat(keeper.size()).isZero();
    assertThat(keeper.nextNanos()).isEqualTo(DriverClock.NEVER);
    assertThat(wishes()).isEmpty();
    assertThat(standing.works).isEmpty();
    keeper.runDue(start + s(60).toNanos());
    heldReactions.forEach(Runnable::run);
    assertThat(isDone(before)).isFalse();
    assertThat(isDone(after)).isFalse();
  }

  /** Otherwise each push of a busy worker would pass over all its leases. */
  @Test
  void endedLeasesAreDroppedWhenTheyAreMoreThanHalf() {
    List<Kept> all = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Kept lease = new Kept();
      all.add(lease);
      keeper.keep(lease, EVERY_SIX, start + i);
    }
    for (int i = 0; i < 100; i++) {
      keeper.release(all.get(199 - i).kept());
      keeper.release(all.get(199 - i).kept());
    }
    keeper.keep(new Kept(), EVERY_SIX, start);
    assertThat(keeper.size()).as("half of them are over").isEqualTo(201);
    keeper.release(all.get(99).kept());
    keeper.keep(new Kept(), EVERY_SIX, start);
    assertThat(keeper.size()).as("101 of 201 are over").isEqualTo(101);
    keeper.release(all.get(98).kept());
    keeper.keep(new Kept(), EVERY_SIX, start);
    assertThat(keeper.size()).as("the count starts again").isEqualTo(102);
  }

  /** A stage holds the code of its user, and thus the task. */
  @Test
  void endedLeasesThatWereOnlyWatchedAreDropped() {
    List<Kept> all = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      Kept lease = new Kept();
      all.add(lease);
      var unused = keeper.watch(lease);
      if (i > 0) {
        keeper.release(lease.kept());
      }
    }
    assertThat(keeper.size()).isLessThan(200);
    assertThat(all).hasSize(10_000);
  }

  /** The stage may outlive the delivery. */
  @Test
  void theLeaseOfADroppedDeliveryIsLostAtItsLastKnownEnd() {
    List<KeptLease> kept = new ArrayList<>();
    CompletionStage<Void> lost = watchAndForget(kept);
    while (kept.get(0).get() != null) {
      System.gc();
      Thread.onSpinWait();
    }
    advance(16.9);
    heldReactions.forEach(Runnable::run);
    assertThat(isDone(lost)).isFalse();
    advance(0.1);
    heldReactions.forEach(Runnable::run);
    assertThat(isDone(lost)).isTrue();
  }

  @Test
  void theLeaseOfADroppedDeliveryIsLostAtTheEndOfItsLastExtension() {
    List<KeptLease> kept = new ArrayList<>();
    CompletionStage<Void> lost = extendAndForget(kept);
    while (kept.get(0).get() != null) {
      System.gc();
      Thread.onSpinWait();
    }
    advance(11.9);
    heldReactions.forEach(Runnable::run);
    assertThat(isDone(lost)).as("lost before the end of the extended lease").isFalse();
    advance(0.1);
    heldReactions.forEach(Runnable::run);
    assertThat(isDone(lost)).isTrue();
  }

  private CompletionStage<Void> extendAndForget(List<KeptLease> kept) {
    Kept lease = new Kept();
    kept.add(lease.kept());
    keeper.keep(lease, EVERY_SIX, start);
    CompletionStage<Void> lost = keeper.watch(lease);
    advance(6);
    lease.confirm(0);
    return lost;
  }

  private CompletionStage<Void> watchAndForget(List<KeptLease> kept) {
    Kept lease = new Kept();
    kept.add(lease.kept());
    keeper.keep(lease, EVERY_SIX, start);
    CompletionStage<Void> lost = keeper.watch(lease);
    lease.end += s(5).toNanos();
    keeper.changed(lease.kept(), lease);
    return lost;
  }
}
