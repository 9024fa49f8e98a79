// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeaseTest extends QueueTest {

  @Test
  void endsAtItsInstantAndNoNanosecondEarlier() throws InterruptedException {
    push("a");
    Delivery first = pullOne();

    advance(LEASE.minus(TICK));
    assertThat(pull(1)).isEmpty();
    assertThat(first.leaseExpired()).isFalse();
    assertThat(first.leaseRemaining()).isEqualTo(TICK);

    advance(TICK);
    assertThat(first.leaseExpired()).isTrue();
    assertThat(first.leaseRemaining()).isZero();
    Delivery second = pullOne();
    assertThat(second.taskId()).isEqualTo("a");
    assertThat(second.attempt()).isEqualTo(2);
    assertThat(second.leaseRemaining()).isEqualTo(LEASE);
  }

  @Test
  void thatEndedUnservedCountsOnce() throws InterruptedException {
    push("a");
    pullOne();

    advance(LEASE.multipliedBy(5));

    assertThat(pullOne().attempt()).isEqualTo(2);
  }

  @Test
  void startsAgainWithEachDelivery() throws InterruptedException {
    push("a");
    pullOne();
    advanceSeconds(15);
    pullOne();

    advance(LEASE.minus(TICK));
    assertThat(pull(1)).isEmpty();
    advance(TICK);
    assertThat(pullOne().attempt()).isEqualTo(3);
  }

  @Test
  void isRestartedInFullByExtendWithoutAnAttempt() throws InterruptedException {
    push("a");
    Delivery delivery = pullOne();
    for (int i = 0; i < 10; i++) {
      advanceSeconds(9);
      assertThat(delivery.extend()).isTrue();
      assertThat(delivery.leaseRemaining()).isEqualTo(LEASE);
    }

    advance(LEASE.minus(TICK));
    assertThat(pull(1)).isEmpty();
    advance(TICK);
    assertThat(pullOne().attempt()).isEqualTo(2);
  }

  @Test
  void aLateAckRemovesTheTaskAndIsReportedAsLate() throws InterruptedException {
    push("a");
    Delivery first = pullOne();
    advance(LEASE);
    Delivery second = pullOne();

    assertThat(first.ack()).isEqualTo(Settlement.SETTLED_LATE);

    assertThat(partition.stats().backlog()).isZero();
    // The server cannot report that the task no longer exists, so it confirms this ack like any
    // other.
    assertThat(second.ack()).isEqualTo(Settlement.SETTLED);
    advance(LEASE);
    assertThat(pull(1)).isEmpty();
  }

  @Test
  void aLateAckRemovesTheTaskFromTheRedeliveryQueue() throws InterruptedException {
    push("a", "b");
    Delivery first = pullOne();
    advance(LEASE);

    assertThat(first.ack()).isEqualTo(Settlement.SETTLED_LATE);

    assertThat(pullIds(10)).containsExactly("b");
  }

  @Test
  void lateNakExtendAndDeadLetterAreRefusedAndHaveNoEffect() throws InterruptedException {
    push("a");
    Delivery late = pullOne();
    advance(LEASE);
    Delivery holder = pullOne();
    advanceSeconds(1);

    for (Runnable call :
        List.<Runnable>of(
            late::nak,
            () -> late.nak(Duration.ofSeconds(1)),
            late::extend,
            () -> late.deadLetter("no"))) {
      assertThatThrownBy(call::run)
          .isInstanceOf(LeaseExpiredException.class)
          .hasMessageContaining("task a");
    }
    late.close();

    assertThat(holder.leaseRemaining()).isEqualTo(LEASE.minusSeconds(1));
    assertThat(pull(1)).isEmpty();
    assertThat(partition.stats().dead()).isZero();
    assertThat(holder.ack()).isEqualTo(Settlement.SETTLED);
  }

  @Test
  void advancingPastManyLeasesCostsOnlyTheOnesThatEnd() throws InterruptedException {
    configure(CONFIG.withMaxOutstanding(1_000_000));
    int count = 200_000;
    for (int i = 0; i < count; i++) {
      push("t" + i);
    }
    while (partition.stats().ready() > 0) {
      pull(10_000);
      advance(Duration.ofNanos(1));
    }
    assertThat(partition.stats().outstanding()).isEqualTo(count);

    long before = System.nanoTime();
    for (int i = 0; i < 100_000; i++) {
      advance(Duration.ofNanos(1));
    }
    // 100,000 steps past 200,000 leases; visiting every lease at each step would take minutes.
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
    advance(LEASE);

    assertThat(pullIds(3)).containsExactly("t0", "t1", "t2");
  }

  /** Its holder logs the attempt after the lease was lost. */
  @Test
  void aDeliveryKeepsItsValuesBesideTheNextOne() throws InterruptedException {
    advanceSeconds(1);
    partition.push(Task.of("a", "x").withHeader("k", "v"));
    Delivery first = pullOne();
    advance(LEASE);
    Delivery second = pullOne();
    second.extend();
    assertThat(first.attempt()).isEqualTo(1);
    assertThat(second.attempt()).isEqualTo(2);
    assertThat(first.leaseRemaining()).isZero();
    assertThat(second.leaseRemaining()).isEqualTo(LEASE);
    assertThat(second.payload()).isEqualTo(first.payload()).isNotSameAs(first.payload());
    for (Delivery each : List.of(first, second)) {
      assertThat(each.storedAt()).isEqualTo(ManualClock.DEFAULT_START.plusSeconds(1));
      assertThat(each.headers()).containsEntry("k", "v");
    }
  }
}
