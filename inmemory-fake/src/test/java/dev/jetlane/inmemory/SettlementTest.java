// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import java.time.Duration;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;

class SettlementTest extends QueueTest {

  @Test
  void ackRemovesTheTask() throws InterruptedException {
    push("a");

    assertThat(pullOne().ack()).isEqualTo(Settlement.SETTLED);

    assertThat(partition.stats()).isEqualTo(new Stats(0, 0, 0));
    advance(LEASE.multipliedBy(3));
    assertThat(pull(1)).isEmpty();
  }

  @Test
  void ackAsyncIsConfirmedImmediately() throws InterruptedException {
    push("a");
    Delivery delivery = pullOne();

    assertThat(delivery.ackAsync()).isCompletedWithValue(Settlement.SETTLED);
    assertThat(delivery.ackAsync()).isCompletedWithValue(Settlement.ALREADY_SETTLED);
    assertThat(partition.stats().backlog()).isZero();
  }

  @Test
  void theFirstSettlementWins() throws InterruptedException {
    push("a");
    Delivery delivery = pullOne();
    delivery.nak();

    assertThat(delivery.ack()).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(delivery.nak()).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(delivery.deadLetter("no")).isEqualTo(Settlement.ALREADY_SETTLED);
    assertThat(delivery.extend()).isFalse();
    delivery.close();

    assertThat(pullOne().attempt()).isEqualTo(2);
    assertThat(pull(1)).isEmpty();
  }

  @Test
  void closingUnsettledGivesTheTaskBackImmediately() throws InterruptedException {
    push("a");
    try (Delivery delivery = pullOne()) {
      assertThat(delivery.attempt()).isEqualTo(1);
    }

    assertThat(pullOne().attempt()).isEqualTo(2);
  }

  @Test
  void aDelayedTaskIsRedeliveredWhenDueAndBlocksNoOtherTask() throws InterruptedException {
    push("a", "b");
    pullOne().nak(Duration.ofSeconds(3));

    assertThat(pullIds(10)).containsExactly("b");
    advance(Duration.ofSeconds(3).minus(TICK));
    assertThat(pull(1)).isEmpty();
    advance(TICK);
    Delivery again = pullOne();
    assertThat(again.taskId()).isEqualTo("a");
    assertThat(again.attempt()).isEqualTo(2);
  }

  @Test
  void aDelayMayExceedTheLease() throws InterruptedException {
    push("a");
    pullOne().nak(LEASE.multipliedBy(3));

    advance(LEASE.multipliedBy(3).minus(TICK));
    assertThat(pull(1)).isEmpty();
    advance(TICK);
    assertThat(pull(1)).hasSize(1);
  }

  @Test
  void aDelayOutOfRangeIsRefusedAndSettlesNothing() throws InterruptedException {
    push("a");
    Delivery delivery = pullOne();

    assertThatThrownBy(() -> delivery.nak(Duration.ofMillis(-1)))
        .isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> delivery.nak(Duration.ofDays(8)))
        .isInstanceOf(InvalidInputException.class);

    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
  }

  @Test
  void delayedAndGivenBackTasksCountAsOutstanding() throws InterruptedException {
    push("a", "b", "c", "d");
    pullOne().nak(Duration.ofSeconds(1));
    Delivery b = pullOne();
    pullOne();
    b.nak();

    assertThat(partition.stats()).isEqualTo(new Stats(1, 3, 0));
  }

  @Test
  void changedArraysAndMapsDoNotAffectStoredTasks() throws InterruptedException {
    byte[] bytes = {1, 2, 3};
    partition.push(Task.of("a", bytes).withHeader("k", "v"));
    bytes[0] = 9;

    Delivery first = pullOne();
    assertThat(first.payload()).containsExactly(1, 2, 3).isSameAs(first.payload());
    assertThat(first.headers()).containsEntry("k", "v").isUnmodifiable();
    assertThat(first.partition()).isEqualTo("p");
    first.payload()[0] = 9;
    first.nak();

    Delivery second = pullOne();
    assertThat(second.payload()).containsExactly(1, 2, 3);
    second.deadLetter("done with");
    partition.deadLetters().list(1).get(0).payload()[0] = 9;
    assertThat(partition.deadLetters().list(1).get(0).payload()).containsExactly(1, 2, 3);
  }

  /** The array is copied when it is first needed, perhaps by two threads at the same moment. */
  @Test
  void allThreadsSeeOnePayloadOfADelivery() throws Exception {
    for (int i = 0; i < 20; i++) {
      partition.push(Task.of("t" + i, new byte[500_000]));
      Delivery delivery = pullOne();
      CyclicBarrier together = new CyclicBarrier(2);
      Running<byte[]> other =
          new Running<>(
              () -> {
                together.await();
                return delivery.payload();
              });
      together.await();
      byte[] mine = delivery.payload();
      assertThat(other.get()).isSameAs(mine);
      delivery.ack();
    }
  }
}
