// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.inmemory.Faults.Call;
import dev.jetlane.inmemory.stage.Chance;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The events and times of faults, and what a fault does not affect. */
class FaultDetailsTest extends QueueTest {

  private final Faults faults = server.faults();

  private static Task task(String id) {
    return Task.of(id, "x");
  }

  @Test
  void theEventsShowTheFaults() throws InterruptedException {
    push("a", "b");
    faults.disconnect();
    faults.reconnect();
    faults.restart();
    faults.crash(Duration.ofMillis(1));
    Delivery a = pullOne();
    faults.loseNextConfirmation(Call.STORE_LETTER);
    assertThatThrownBy(() -> a.deadLetter("no")).isInstanceOf(OutcomeUnknownException.class);
    faults.duplicateNextDelivery();
    pullOne();

    assertThat(server.events())
        .containsExactly(
            "+0s p/a: stored",
            "+0s p/b: stored",
            "+0s: fault: disconnected",
            "+0s: fault: reconnected",
            "+0s: fault: restart",
            "+0s: fault: crash",
            "+0s p/a: leased to puller 1 until +10s (attempt 1)",
            "+0s: fault: STORE_LETTER confirmation lost",
            "+0s p/b: leased to puller 1 until +10s (attempt 1)",
            "+0s p/b: fault: delivery duplicated (attempt 1)");
  }

  @Test
  void faultsOfTheNextCallAddUp() {
    faults.loseNext(Call.PUSH);
    faults.loseNext(Call.PUSH);
    assertThat(server.leaks()).contains("fault that never happened: PUSH lost (2 times)");

    assertThatThrownBy(() -> partition.push(task("a"))).isInstanceOf(OutcomeUnknownException.class);
    assertThat(faults.happened()).isEqualTo(1);
    assertThatThrownBy(() -> partition.push(task("a"))).isInstanceOf(OutcomeUnknownException.class);
    assertThat(faults.happened()).isEqualTo(2);
    push("a");
    assertThat(faults.happened()).isEqualTo(2);
  }

  @Test
  void aCallThatEndsAtTheRequestTimeoutSucceeds() {
    faults.slowExchanges(Duration.ofMillis(1250));
    assertThat(partition.stats().ready()).isZero(); // four exchanges

    faults.slowExchanges(Duration.ofMillis(1250).plus(TICK));
    assertThatThrownBy(partition::stats).isInstanceOf(QueueUnavailableException.class);
  }

  @Test
  void eventsWhileTheClockMovesTakeNoTime() throws InterruptedException {
    push("a");
    Puller keeping = partition.puller(PullOptions.defaults().withKeepFor(Duration.ofHours(1)));
    Delivery kept = keeping.pull(1, Duration.ZERO).get(0);
    faults.slowExchanges(Duration.ofSeconds(1));
    Instant before = clock.now();

    advance(LEASE.multipliedBy(3));

    assertThat(clock.now()).isEqualTo(before.plus(LEASE.multipliedBy(3)));
    assertThat(kept.leaseExpired()).isFalse();
  }

  @Test
  void aSlowDeliveryHasHalfItsLeaseLeft() throws InterruptedException {
    push("a");
    faults.decide(Chance.SLOW::equals);

    assertThat(pullOne().leaseRemaining()).isEqualTo(LEASE.dividedBy(2));
    assertThat(server.events()).contains("+0s: fault: delivery slow");
  }

  /** An extension of a kept lease is not a call of the user. */
  @Test
  void noRandomRestartHappensWhileTheClockMoves() throws InterruptedException {
    push("a");
    Puller keeping = partition.puller(PullOptions.defaults().withKeepFor(Duration.ofHours(1)));
    keeping.pull(1, Duration.ZERO);
    faults.decide(Chance.RESTARTED::equals);

    advance(LEASE.multipliedBy(3));

    assertThat(server.events()).noneMatch(line -> line.contains("restart"));
    push("b");
    assertThat(server.events()).anyMatch(line -> line.contains("restart"));
  }

  /** A delivery whose holder can do nothing more is not a leak. */
  @Test
  void aDeliveryWithAnUnknownOutcomeIsALeakOnlyIfItMayBeSettledAgain() throws InterruptedException {
    push("extended", "dead", "acked", "given-back");
    List<Delivery> all = pull(4);
    puller.close();
    for (Call call : List.of(Call.EXTEND, Call.DEAD_LETTER, Call.ACK, Call.NAK)) {
      faults.loseNext(call);
    }

    assertThatThrownBy(all.get(0)::extend).isInstanceOf(OutcomeUnknownException.class);
    assertThatThrownBy(() -> all.get(1).deadLetter("no"))
        .isInstanceOf(OutcomeUnknownException.class);
    assertThatThrownBy(all.get(2)::ack).isInstanceOf(OutcomeUnknownException.class);
    assertThatThrownBy(all.get(3)::nak).isInstanceOf(OutcomeUnknownException.class);

    assertThat(server.leaks())
        .containsExactly(
            "unsettled delivery: p/extended (attempt 1), held by puller 1 until +10s",
            "unsettled delivery: p/dead (attempt 1), held by puller 1 until +10s");
  }

  @Test
  void theLongestTimeIsAllowed() {
    faults.crash(Duration.ofDays(36_500));
    faults.slowExchanges(Duration.ofDays(36_500));
    assertThatThrownBy(() -> faults.crash(Duration.ofDays(36_500).plus(TICK)))
        .isInstanceOf(InvalidInputException.class);
    faults.clear();
  }

  @Test
  void duplicatesAddUpAndArePending() throws InterruptedException {
    push("a", "b", "c");
    faults.duplicateNextDelivery();
    faults.duplicateNextDelivery();
    assertThat(server.leaks()).contains("fault that never happened: delivery duplicated");

    assertThat(pullOne().taskId()).isEqualTo("a");
    assertThat(server.leaks()).contains("fault that never happened: delivery duplicated");
    assertThat(pullOne().attempt()).as("the same task again").isEqualTo(2);
    assertThat(server.leaks()).noneMatch(leak -> leak.startsWith("fault"));
    assertThat(pullOne().attempt()).as("and again, since each delivery counts").isEqualTo(3);
    assertThat(pullIds(9)).containsExactly("b", "c");
  }

  @Test
  void aConnectionIsCutAndRestoredOnce() {
    faults.reconnect();
    faults.clear();
    faults.disconnect();
    faults.disconnect();
    faults.reconnect();
    faults.reconnect();
    faults.disconnect();
    faults.clear();
    faults.clear();

    assertThat(server.events())
        .containsExactly(
            "+0s: fault: disconnected",
            "+0s: fault: reconnected",
            "+0s: fault: disconnected",
            "+0s: fault: reconnected");
  }

  @Test
  void eachClientIsToldOfTheConnection() {
    List<String> told = new java.util.ArrayList<>();
    for (String name : List.of("one", "two")) {
      dev.jetlane.QueueListener listener =
          new dev.jetlane.QueueListener() {
            @Override
            public void connectionLost() {
              told.add(name + " lost");
            }

            @Override
            public void connectionRestored() {
              told.add(name + " restored");
            }
          };
      assertThat(server.connect(CONFIG, List.of(listener))).isNotNull();
    }
    faults.disconnect();
    faults.reconnect();
    assertThat(told).containsExactly("one lost", "two lost", "one restored", "two restored");
  }

  /** Each kind of lasting fault alone, and each ends alone. */
  @Test
  void aLastingFaultEndsWithoutTheOthers() throws InterruptedException {
    faults.full(true);
    faults.slowExchanges(Duration.ofSeconds(1));
    faults.slowPulls(Duration.ofSeconds(3));
    faults.full(false);
    Instant before = clock.now();
    push("a");
    assertThat(clock.now()).as("exchanges are still slow").isEqualTo(before.plusSeconds(1));
    faults.slowExchanges(Duration.ZERO);
    assertThat(pullOne().leaseRemaining()).as("pulls are slow").isEqualTo(LEASE.minusSeconds(3));
    faults.full(true);
    faults.clear();
    before = clock.now();
    push("b");
    assertThat(clock.now()).isEqualTo(before);
    assertThat(pullOne().leaseRemaining()).isEqualTo(LEASE);
  }

  @Test
  void theSecondRandomFaultsReplaceTheFirst() {
    faults.randomly(2, 1);
    faults.decide(fault -> false);
    for (int i = 0; i < 100; i++) {
      push("t" + i);
    }
    assertThat(server.events()).noneMatch(line -> line.contains("fault: "));
  }
}
