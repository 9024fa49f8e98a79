// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.InvalidInputException;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushOutcome;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.inmemory.Faults.Call;
import dev.jetlane.inmemory.time.Timed;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class FaultsTest extends QueueTest {

  private final Faults faults = server.faults();

  private static Task task(String id) {
    return Task.of(id, "x");
  }

  @Test
  void aLostConfirmationOfAPushLeavesTheTaskStored() throws InterruptedException {
    faults.loseNextConfirmation(Call.PUSH);

    assertThatThrownBy(() -> partition.push(task("a")))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessage("fault: confirmation of PUSH lost");

    assertThat(partition.push(task("a")).duplicate()).isTrue();
    assertThat(pullIds(10)).containsExactly("a");
  }

  @Test
  void aLostPushStoresNothing() {
    faults.loseNext(Call.PUSH);

    assertThatThrownBy(() -> partition.push(task("a"))).isInstanceOf(OutcomeUnknownException.class);

    assertThat(partition.push(task("a")).duplicate()).isFalse();
  }

  @Test
  void aRefusedPushStoresNothing() {
    faults.refuseNext(Call.PUSH);

    assertThat(partition.pushAsync(task("a")))
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(QueueUnavailableException.class);

    assertThat(partition.push(task("a")).duplicate()).isFalse();
  }

  @Test
  void faultsOfABatchHitItsTasksInTurn() {
    faults.refuseNext(Call.PUSH);
    faults.loseNextConfirmation(Call.PUSH);

    List<PushOutcome> outcomes =
        partition.pushAll(List.of(task("a"), task("b"), task("c"))).outcomes();

    assertThat(outcomes.get(0)).isInstanceOf(PushOutcome.Refused.class);
    assertThat(outcomes.get(1)).isInstanceOf(PushOutcome.Unknown.class);
    assertThat(outcomes.get(2)).isInstanceOf(PushOutcome.Stored.class);
    assertThat(partition.stats().ready()).isEqualTo(2);
  }

  @Test
  void aLostAckLeavesTheTask() throws InterruptedException {
    push("a");
    faults.loseNext(Call.ACK);
    Delivery delivery = pullOne();

    assertThatThrownBy(delivery::ack).isInstanceOf(OutcomeUnknownException.class);

    advance(LEASE);
    assertThat(pullOne().attempt()).isEqualTo(2);
  }

  @Test
  void aLostConfirmationOfAnAckLeavesNothing() throws InterruptedException {
    push("a");
    faults.loseNextConfirmation(Call.ACK);
    Delivery delivery = pullOne();

    assertThatThrownBy(delivery::ack).isInstanceOf(OutcomeUnknownException.class);

    assertThat(partition.stats().backlog()).isZero();
    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
  }

  @Test
  void asynchronousAcksFailInTheSameWay() throws InterruptedException {
    push("a", "b");
    faults.loseNext(Call.ACK);
    faults.refuseNext(Call.ACK);

    assertThat(pullOne().ackAsync())
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(QueueUnavailableException.class);
    assertThat(pullOne().ackAsync())
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(OutcomeUnknownException.class);
  }

  @Test
  void aNakOfUnknownOutcomeIsNotRepeated() throws InterruptedException {
    push("a");
    faults.loseNextConfirmation(Call.NAK);
    Delivery first = pullOne();
    assertThatThrownBy(first::nak).isInstanceOf(OutcomeUnknownException.class);
    Delivery second = pullOne();

    // The server does not distinguish deliveries: a second nak would take the task from its new
    // holder.
    assertThat(first.nak()).isEqualTo(Settlement.OUTCOME_UNKNOWN);

    advanceSeconds(1);
    assertThat(second.ack()).isEqualTo(Settlement.SETTLED);
    assertThat(second.attempt()).isEqualTo(2);
  }

  @Test
  void anExtensionWithoutConfirmationCountsOnTheOldLease() throws InterruptedException {
    push("a");
    Delivery delivery = pullOne();
    advanceSeconds(6);
    faults.loseNextConfirmation(Call.EXTEND);

    assertThatThrownBy(delivery::extend).isInstanceOf(OutcomeUnknownException.class);

    assertThat(delivery.leaseRemaining()).isEqualTo(Duration.ofSeconds(4));
    advanceSeconds(4);
    assertThat(pull(1)).isEmpty();
    advanceSeconds(6);
    assertThat(pull(1)).hasSize(1);
  }

  @Test
  void aRepeatedDeadLetterIsStoredOnce() throws InterruptedException {
    push("a");
    faults.loseNextConfirmation(Call.DEAD_LETTER);
    Delivery delivery = pullOne();
    assertThatThrownBy(() -> delivery.deadLetter("no")).isInstanceOf(OutcomeUnknownException.class);

    assertThat(delivery.deadLetter("no")).isEqualTo(Settlement.SETTLED);

    assertThat(partition.stats()).isEqualTo(new Stats(0, 0, 1));
  }

  @Test
  void anExtensionDoesNotPreventADuplicateOfItsDelivery() throws InterruptedException {
    push("a");
    faults.duplicateNextDelivery();

    assertThat(pullOne().extend()).isTrue();

    assertThat(pullOne().attempt()).isEqualTo(2);
  }

  @Test
  void aDuplicatedDeliveryHasTwoHolders() throws InterruptedException {
    push("a");
    faults.duplicateNextDelivery();

    Delivery first = pullOne();
    Delivery second = pullOne();

    assertThat(second.attempt()).isEqualTo(2);
    assertThat(first.leaseExpired()).isFalse();
    assertThat(pull(1)).isEmpty();
    assertThat(first.ack()).isEqualTo(Settlement.SETTLED);
    assertThat(second.ack()).isEqualTo(Settlement.SETTLED);
  }

  @Test
  void aFullQueueRefusesUntilItHasRoom() {
    push("a");
    faults.full(true);

    assertThatThrownBy(() -> partition.push(task("b"))).isInstanceOf(QueueFullException.class);
    assertThat(partition.push(task("a")).duplicate()).isTrue();

    faults.full(false);
    push("b");
  }

  @Test
  void slowPullsReduceTheLease() throws InterruptedException {
    push("a", "b");
    faults.slowPulls(Duration.ofSeconds(9));
    Delivery late = pullOne();
    assertThat(late.leaseRemaining()).isEqualTo(Duration.ofSeconds(1));

    faults.slowPulls(Duration.ofSeconds(11));
    Delivery tooLate = pullOne();
    assertThat(tooLate.leaseExpired()).isTrue();
    assertThatThrownBy(tooLate::nak).isInstanceOf(LeaseExpiredException.class);

    faults.slowPulls(Duration.ZERO);
    assertThat(pullOne().leaseRemaining()).isEqualTo(LEASE);
  }

  @Test
  void withoutAConnectionEveryCallFailsAndLeasesRunOn() throws Exception {
    push("held", "ready");
    Delivery held = pullOne();
    Puller other = partition.puller();
    pull(1);
    Running<List<Delivery>> waiting = blockedPull(other, 1, Duration.ofMinutes(1));
    faults.disconnect();

    assertThatThrownBy(waiting::get).hasCauseInstanceOf(QueueUnavailableException.class);
    for (Runnable call :
        List.<Runnable>of(
            () -> queue.partition("q"),
            () -> partition.push(task("b")),
            () -> {
              var unused = partition.puller();
            },
            () -> partition.stats(),
            () -> partition.deadLetters().list(1),
            held::ack,
            held::nak,
            held::extend)) {
      assertThatThrownBy(call::run).isInstanceOf(QueueUnavailableException.class);
    }
    assertThatThrownBy(() -> pull(1)).isInstanceOf(QueueUnavailableException.class);
    assertThat(queue.health()).isEqualTo(new Health(false, false, List.of("disconnected")));

    advance(LEASE);
    faults.reconnect();
    assertThat(queue.health()).isEqualTo(Health.up());
    assertThat(pullIds(10)).containsExactly("held", "ready");
  }

  @Test
  void aBufferSurvivesADisconnection() throws InterruptedException {
    Puller ahead = partition.puller(PullOptions.defaults().withPrefetch(1));
    push("first");
    ahead.pull(1, Duration.ZERO).get(0).ack();
    push("a", "b");
    faults.disconnect();
    faults.reconnect();

    assertThat(ids(ahead.pull(1, Duration.ZERO))).containsExactly("a");
    assertThat(partition.stats()).isEqualTo(new Stats(0, 2, 0));
  }

  @Test
  void aBufferThatIsClosedWithoutAConnectionKeepsItsLeases() throws InterruptedException {
    push("first", "a");
    Puller ahead = partition.puller(PullOptions.defaults().withPrefetch(1));
    ahead.pull(1, Duration.ZERO).get(0).ack();
    faults.disconnect();
    ahead.close();
    faults.reconnect();

    assertThat(pull(1)).isEmpty();
    advance(LEASE);
    assertThat(pullIds(1)).containsExactly("a");
  }

  @Test
  void randomFaultsAreTheSameForTheSameSeed() throws InterruptedException {
    List<String> first = randomRun(42);

    assertThat(randomRun(42)).isEqualTo(first);
    assertThat(randomRun(43)).isNotEqualTo(first);
    for (String fault :
        List.of(
            "PUSH refused",
            "PUSH lost",
            "PUSH confirmation lost",
            "ACK refused",
            "ACK lost",
            "ACK confirmation lost",
            "partition p full",
            "delivery duplicated",
            "delivery slow",
            "disconnected for one pull",
            "restart")) {
      assertThat(first).anyMatch(line -> line.contains("fault: " + fault));
    }
    assertThat(first.stream().takeWhile(line -> !line.contains(": leased to")))
        .as("a restart between two pushes")
        .anyMatch(line -> line.contains("fault: restart"));
  }

  /** A worker that retries each failed call finishes all tasks, despite random faults. */
  private List<String> randomRun(long seed) throws InterruptedException {
    ManualClock mine = new ManualClock();
    InMemoryServer where = InMemoryServer.create(mine);
    var client = where.connect(CONFIG.withMaxDeliveries(1000));
    var partition = client.partition("p");
    where.faults().randomly(10, seed);
    for (int i = 0; i < 100; i++) {
      boolean stored = false;
      while (!stored) {
        try {
          partition.push(task("t" + i));
          stored = true;
        } catch (QueueUnavailableException | OutcomeUnknownException | QueueFullException e) {
          mine.advance(Duration.ofMillis(1));
        }
      }
    }
    Puller by = partition.puller();
    while (partition.stats().backlog() > 0) {
      try {
        for (Delivery delivery : by.pull(3, Duration.ZERO)) {
          delivery.ack();
        }
      } catch (QueueUnavailableException | OutcomeUnknownException e) {
        // The lease expires, and the task is redelivered.
      }
      mine.advance(Duration.ofSeconds(1));
    }
    for (int i = 0; i < 100; i++) {
      String id = "t" + i;
      assertThat(where.events()).anyMatch(line -> line.contains("p/" + id + ": acked"));
    }
    client.close();
    return where.events();
  }

  @Test
  void clearEndsEverything() throws InterruptedException {
    for (Call call : Call.values()) {
      faults.refuseNext(call);
      faults.loseNext(call);
      faults.loseNextConfirmation(call);
    }
    faults.duplicateNextDelivery();
    faults.full(true);
    faults.slowPulls(LEASE);
    faults.randomly(2, 1);
    faults.disconnect();

    faults.clear();

    // A fault that never happened is a leak.
    assertThat(server.leaks()).containsExactly("unclosed puller: puller 1 of partition p");
    push("a");
    assertThat(pullOne().ack()).isEqualTo(Settlement.SETTLED);
    assertThat(pull(1)).isEmpty();
    assertThat(server.leaks()).containsExactly("unclosed puller: puller 1 of partition p");
  }

  @Test
  @SuppressWarnings("NullAway") // Passing null is part of the test.
  void badInputIsRefused() {
    for (Runnable call :
        List.<Runnable>of(
            () -> faults.loseNext(null),
            () -> faults.slowPulls(Duration.ofNanos(-1)),
            () -> faults.slowPulls(null),
            () -> faults.crash(null),
            () -> faults.crashLosingAcks(Duration.ofDays(1_000_000)),
            () -> faults.randomly(1, 1),
            () -> faults.deleteConsumer("unknown"),
            () -> faults.deleteConsumer("a.b"))) {
      assertThatThrownBy(call::run).isInstanceOf(InvalidInputException.class);
    }
  }

  @Test
  void aCallTakesTheTimeOfItsExchanges() throws InterruptedException {
    push("a");
    faults.slowExchanges(Duration.ofSeconds(1));
    Instant before = clock.now();

    assertThat(partition.stats().ready()).isEqualTo(1); // four exchanges
    assertThat(clock.now()).isEqualTo(before.plusSeconds(4));
    assertThat(pullOne().ack()).isEqualTo(Settlement.SETTLED); // one, and a pull takes none
    assertThat(clock.now()).isEqualTo(before.plusSeconds(5));
  }

  /** The caller has nothing that it could close. */
  @Test
  void aPullerThatCouldNotBeOpenedIsClosed() {
    List<String> before = server.leaks();
    faults.slowExchanges(Duration.ofSeconds(6));
    assertThatThrownBy(partition::puller).isInstanceOf(QueueUnavailableException.class);
    assertThatThrownBy(() -> partition.puller(PullOptions.defaults().withPrefetch(3)))
        .isInstanceOf(QueueUnavailableException.class);
    faults.slowExchanges(Duration.ZERO);
    assertThat(server.leaks()).isEqualTo(before);
  }

  /** Such as the extension of a kept lease. */
  @Test
  void aCallDoesNotTakeTheTimeOfACallThatIsDueBeforeIt() {
    faults.slowExchanges(Duration.ofSeconds(1));
    server
        .state()
        .require("p")
        .keepers
        .add(
            new Timed() {
              private boolean done;

              @Override
              public long nextEventNanos() {
                return done ? NEVER : server.time.nanos();
              }

              @Override
              public void catchUp(long now) {
                done = true;
                push("b");
              }
            });
    Instant before = clock.now();

    push("a");

    assertThat(partition.oldestAge()).isPresent();
    assertThat(clock.now()).isEqualTo(before.plusSeconds(2));
  }

  @Test
  void aSlowReadEndsAtTheRequestTimeout() {
    faults.slowExchanges(Duration.ofSeconds(3));
    Instant before = clock.now();

    assertThatThrownBy(partition::stats)
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("STATS: no answer within the request timeout");
    assertThat(clock.now()).isEqualTo(before.plusSeconds(5));
    faults.slowExchanges(Duration.ZERO);
    assertThat(partition.stats().ready()).isZero();
  }

  /** The call reads the letter and stores the task. Then no time is left to remove the letter. */
  @Test
  void aSlowRedriveIsDoneInPart() throws InterruptedException {
    push("a");
    pullOne().deadLetter("refused");
    String letter = partition.deadLetters().list(1).get(0).id();
    faults.slowExchanges(Duration.ofSeconds(3));

    assertThatThrownBy(() -> partition.deadLetters().redrive(letter))
        .isInstanceOf(OutcomeUnknownException.class);

    faults.clear();
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 1));
    assertThat(partition.deadLetters().redrive(letter)).isTrue();
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
  }

  @Test
  void anAnswerThatComesExactlyAtTheRequestTimeoutCounts() {
    faults.slowExchanges(Duration.ofSeconds(5));
    Instant before = clock.now();

    push("a");

    assertThat(clock.now()).isEqualTo(before.plusSeconds(5));
  }

  @Test
  void aPushThatIsTooSlowIsStoredAnyway() {
    faults.slowExchanges(Duration.ofSeconds(6));

    assertThatThrownBy(() -> partition.push(task("a"))).isInstanceOf(OutcomeUnknownException.class);

    faults.clear();
    assertThat(partition.push(task("a")).duplicate()).isTrue();
  }
}
