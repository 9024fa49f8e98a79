// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Page;
import dev.jetlane.QueueFullException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeadLettersTest extends QueueTest {

  @Test
  void aRefusedTaskIsKeptWithEverything() throws InterruptedException {
    partition.push(Task.of("a", new byte[] {1, 2}).withHeader("k", "v"));
    pullOne().nak();
    advanceSeconds(5);
    pullOne().deadLetter("cannot parse");

    assertThat(partition.stats()).isEqualTo(new Stats(0, 0, 1));
    assertThat(partition.deadLetters().list(10))
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.taskId()).isEqualTo("a");
              assertThat(letter.payload()).containsExactly(1, 2);
              assertThat(letter.headers()).containsExactly(java.util.Map.entry("k", "v"));
              assertThat(letter.attempts()).isEqualTo(2);
              assertThat(letter.reason()).isEqualTo("cannot parse");
              assertThat(letter.time()).isEqualTo(clock.now());
            });
    advance(LEASE);
    assertThat(pull(1)).isEmpty();
  }

  @Test
  void aPageBeginsAfterTheOneBefore() throws InterruptedException {
    push("a", "b");
    pullOne().deadLetter("poison");
    pullOne().deadLetter("poison");
    DeadLetterAdmin letters = queue.admin().partition("p").deadLetters();
    DeadLetterQuery one = DeadLetterQuery.defaults().withMax(1);
    Page<DeadLetter> first = letters.page(one);
    Page<DeadLetter> second = letters.page(one.withStart(first.next().orElseThrow()));
    assertThat(first.items()).extracting(DeadLetter::taskId).containsExactly("a");
    assertThat(second.items()).extracting(DeadLetter::taskId).containsExactly("b");
    assertThat(second.next()).isEmpty();
  }

  @Test
  void anExhaustedTaskIsNotHandedOut() throws InterruptedException {
    configure(CONFIG.withMaxDeliveries(2));
    push("a", "b");
    pullOne().nak();
    assertThat(pullOne().attempt()).isEqualTo(2);
    advance(LEASE);
    // The task is moved only when it would have been handed out.
    assertThat(partition.stats()).isEqualTo(new Stats(1, 1, 1, 0, 0));

    assertThat(pullIds(10)).containsExactly("b");

    assertThat(partition.deadLetters().list(10))
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.reason()).isEqualTo(DeadLetter.MAX_DELIVERIES);
              assertThat(letter.attempts()).isEqualTo(2);
            });
    assertThat(partition.stats()).isEqualTo(new Stats(0, 1, 1));
  }

  @Test
  void aWaitingPullMovesItAtThatInstant() throws Exception {
    configure(CONFIG.withMaxDeliveries(1));
    push("a");
    pullOne();
    Running<List<Delivery>> pull = blockedPull(puller, 1, Duration.ofMinutes(1));

    advance(LEASE.multipliedBy(2));

    assertThat(partition.deadLetters().list(1).get(0).time())
        .isEqualTo(ManualClock.DEFAULT_START.plus(LEASE));
    assertThat(pull.isDone()).isFalse();
  }

  @Test
  void aLateAckOfADeadLetterHasNoEffect() throws InterruptedException {
    configure(CONFIG.withMaxDeliveries(1));
    push("a");
    Delivery only = pullOne();
    advance(LEASE);
    pull(1);

    only.ack();

    assertThat(partition.stats()).isEqualTo(new Stats(0, 0, 1));
  }

  @Test
  void redrivingMakesANewTaskOfTheSameId() throws InterruptedException {
    push("a");
    pullOne().nak();
    pullOne().deadLetter("no");
    String id = partition.deadLetters().list(1).get(0).id();

    assertThat(partition.deadLetters().redrive(id)).isTrue();

    assertThat(partition.deadLetters().redrive(id)).isFalse();
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
    Delivery again = pullOne();
    assertThat(again.taskId()).isEqualTo("a");
    assertThat(again.attempt()).isEqualTo(1);
    again.deadLetter("still no");
    assertThat(partition.deadLetters().list(10)).hasSize(1);
  }

  @Test
  void theOldestAreListedAndRedrivenFirst() throws InterruptedException {
    push("a", "b", "c");
    List<Delivery> taken = pull(3);
    taken.get(1).deadLetter("no");
    taken.get(2).deadLetter("no");
    taken.get(0).deadLetter("no");

    assertThat(partition.deadLetters().list(2))
        .extracting(DeadLetter::taskId)
        .containsExactly("b", "c");
    assertThat(partition.deadLetters().redriveOldest(2)).isEqualTo(2);
    assertThat(pullIds(10)).containsExactly("b", "c");
  }

  @Test
  void aFullPartitionKeepsTheLetter() throws InterruptedException {
    configure(CONFIG.withMaxTasks(1));
    push("a");
    pullOne().deadLetter("no");
    push("b");

    assertThatThrownBy(() -> partition.deadLetters().redriveOldest(1))
        .isInstanceOf(QueueFullException.class);

    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 1));
  }

  @Test
  void aRepeatedDeadLetterDoesNotReturnAfterARedrive() throws InterruptedException {
    push("a");
    Delivery delivery = pullOne();
    server.faults().loseNextConfirmation(Faults.Call.DEAD_LETTER);
    assertThatThrownBy(() -> delivery.deadLetter("no")).isInstanceOf(OutcomeUnknownException.class);
    partition.deadLetters().redriveOldest(1);

    delivery.deadLetter("no");

    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
  }

  @Test
  void purgeRemovesAll() throws InterruptedException {
    push("a", "b");
    for (Delivery delivery : pull(2)) {
      delivery.deadLetter("no");
    }

    assertThat(partition.deadLetters().purge()).isEqualTo(2);

    assertThat(partition.deadLetters().list(1)).isEmpty();
    assertThat(partition.deadLetters().purge()).isZero();
  }

  @Test
  void aBadReasonIsRefusedAndSettlesNothing() throws InterruptedException {
    push("a");
    Delivery delivery = pullOne();

    for (String reason : new String[] {"", " x", "a\nb", "\u00e9", "x".repeat(1001)}) {
      assertThatThrownBy(() -> delivery.deadLetter(reason))
          .isInstanceOf(InvalidInputException.class);
    }

    assertThat(partition.stats()).isEqualTo(new Stats(0, 1, 0));
    advance(LEASE);
    assertThatThrownBy(() -> delivery.deadLetter("late")).isInstanceOf(LeaseExpiredException.class);
  }

  @Test
  void aRedriveServesAWaitingPull() throws Exception {
    push("a");
    pullOne().deadLetter("no");
    Running<List<Delivery>> waiting = blockedPull(puller, 1, WINDOW);

    assertThat(partition.deadLetters().redriveOldest(1)).isEqualTo(1);

    assertThat(server.blockedPulls()).isZero();
    assertThat(ids(waiting.get())).containsExactly("a");
  }

  @Test
  void aHalfDoneMoveToOnePartitionIsNoMoveToAnother() throws InterruptedException {
    queue.partition("q").push(Task.of("b", "x"));
    queue.partition("r").push(Task.of("c", "x"));
    push("a");
    pullOne().deadLetter("no");
    DeadLetterAdmin letters = queue.admin().partition("p").deadLetters();
    String id = letters.list(1).get(0).id();
    server.faults().loseNextConfirmation(Faults.Call.STORE_REDRIVEN);
    assertThatThrownBy(() -> letters.move(id, "q")).isInstanceOf(OutcomeUnknownException.class);

    assertThat(letters.move(id, "r")).isTrue();

    assertThat(queue.partition("q").stats().ready()).isEqualTo(2);
    assertThat(queue.partition("r").stats().ready()).isEqualTo(2);
    assertThat(letters.find(id)).isEmpty();
  }

  /** Two letters may have the same id, each in its partition. */
  @Test
  void lettersOfTwoPartitionsAreBothMovedIntoAThird() throws InterruptedException {
    queue.partition("r").push(Task.of("first", "x"));
    push("a");
    pullOne().deadLetter("no");
    queue.partition("q").push(Task.of("b", "x"));
    queue.partition("q").puller().pull(1, Duration.ZERO).get(0).deadLetter("no");
    for (String from : List.of("p", "q")) {
      DeadLetterAdmin letters = queue.admin().partition(from).deadLetters();
      String id = letters.list(1).get(0).id();
      assertThat(id).isEqualTo("1");
      assertThat(letters.move(id, "r")).isTrue();
    }

    assertThat(ids(queue.partition("r").puller().pull(9, Duration.ZERO)))
        .containsExactly("first", "a", "b");
  }

  @Test
  void eachClientAppliesItsOwnNumberOfDeliveries() throws InterruptedException {
    configure(CONFIG.withMaxDeliveries(2));
    push("a", "b");
    pull(2).forEach(Delivery::nak);
    try (var lenient = server.connect(CONFIG.withMaxDeliveries(3));
        var strict = server.connect(CONFIG.withMaxDeliveries(1))) {
      assertThat(pullOne().attempt()).isEqualTo(2);
      assertThat(strict.partition("p").puller().pull(1, Duration.ZERO)).isEmpty();
      assertThat(partition.deadLetters().list(9))
          .extracting(DeadLetter::taskId)
          .containsExactly("b");
      advance(LEASE);
      Delivery third = lenient.partition("p").puller().pull(1, Duration.ZERO).get(0);
      assertThat(third.attempt()).isEqualTo(3);
      third.nak();
      assertThat(pull(1)).isEmpty();
    }
    assertThat(partition.deadLetters().list(9))
        .extracting(DeadLetter::taskId)
        .containsExactly("b", "a");
  }

  /** Dead letters are redriven in their order. */
  @Test
  void expiredTasksBecomeDeadLettersInTheirOrder() throws InterruptedException {
    for (String id : List.of("a", "b", "c")) {
      partition.push(Task.of(id, "x").withTimeToLive(Duration.ofMillis(1)));
    }
    push("d");
    advance(Duration.ofMillis(1));

    assertThat(pullIds(10)).containsExactly("d");
    assertThat(partition.deadLetters().list(10))
        .extracting(DeadLetter::taskId)
        .containsExactly("a", "b", "c");
  }
}
