// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long the server knows the first step of an operation whose second step failed. */
class HalfDoneTest extends QueueTest {

  private final Faults faults = server.faults();

  /** As on a server, which forgets the message id of the first step. */
  @Test
  void aHalfDoneRedriveStoresTheTaskAgainAfterTheDedupWindow() throws InterruptedException {
    push("a");
    pullOne().deadLetter("refused");
    String letter = partition.deadLetters().list(1).get(0).id();
    storeRedrivenOnly(letter);

    advance(CONFIG.dedupWindow());

    assertThat(partition.deadLetters().redrive(letter)).isTrue();
    assertThat(partition.stats()).isEqualTo(new Stats(2, 0, 0));
  }

  /** As on a server, which reads the message ids of the stored tasks when it starts. */
  @Test
  void aHalfDoneRedriveIsKnownAfterARestartWhileItsTaskIsStored() throws InterruptedException {
    push("a");
    pullOne().deadLetter("refused");
    String letter = partition.deadLetters().list(1).get(0).id();
    storeRedrivenOnly(letter);
    faults.restart();
    storeRedrivenOnly(letter);
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 1));

    assertThat(pullOne().ack()).isEqualTo(Settlement.SETTLED);
    faults.restart();
    storeRedrivenOnly(letter);
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 1));
  }

  private void storeRedrivenOnly(String letter) {
    faults.loseNextConfirmation(Faults.Call.STORE_REDRIVEN);
    assertThatThrownBy(() -> partition.deadLetters().redrive(letter))
        .isInstanceOf(OutcomeUnknownException.class);
  }

  /** As on a server, which forgets the message id of the removed letter. */
  @Test
  void aHalfDoneDeadLetterIsStoredAgainAfterTheDedupWindow() throws InterruptedException {
    push("a");
    storeLetterOnly();
    assertThat(partition.deadLetters().purge()).isEqualTo(1);

    storeLetterOnly();
    assertThat(partition.stats().dead()).isZero();
    advance(CONFIG.dedupWindow());
    storeLetterOnly();

    assertThat(partition.stats().dead()).isEqualTo(1);
    assertThat(partition.deadLetters().list(2).get(0).taskId()).isEqualTo("a");
  }

  /** As on a server, which reads the message ids of the stored letters when it starts. */
  @Test
  void aHalfDoneDeadLetterIsStoredAgainAfterARestart() throws InterruptedException {
    push("a");
    storeLetterOnly();
    assertThat(partition.deadLetters().purge()).isEqualTo(1);

    faults.restart();
    storeLetterOnly();

    assertThat(partition.stats().dead()).isEqualTo(1);
  }

  /** Stores the letter of the only task, which stays. */
  private void storeLetterOnly() throws InterruptedException {
    Delivery delivery = pullOne();
    faults.loseNextConfirmation(Faults.Call.STORE_LETTER);
    assertThatThrownBy(() -> delivery.deadLetter("refused"))
        .isInstanceOf(OutcomeUnknownException.class);
    advance(CONFIG.lease());
  }

  /** As on a server, which keeps one letter of each task. */
  @Test
  void aLetterThatIsStoredStaysAsItIs() throws InterruptedException {
    push("a");
    storeLetterOnly();
    var first = partition.deadLetters().list(2).get(0);
    advance(CONFIG.dedupWindow());

    storeLetterOnly();

    assertThat(partition.deadLetters().list(2))
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.id()).isEqualTo(first.id());
              assertThat(letter.attempts()).isEqualTo(1);
              assertThat(letter.time()).isEqualTo(first.time());
            });
  }

  private enum Until {
    LAST_INSTANT,
    END;

    Duration of(Duration window) {
      return this == LAST_INSTANT ? window.minus(TICK) : window;
    }
  }

  /** The window counts from the first step, and is that of the target. */
  @Test
  void aHalfDoneRedriveOrMoveIsKnownForExactlyTheDedupWindow() throws InterruptedException {
    for (String target : List.of("p", "q")) {
      for (Until until : Until.values()) {
        configure(CONFIG);
        Partition to = queue.partition(target);
        push("a");
        pullOne().deadLetter("refused");
        DeadLetterAdmin letters = queue.admin().partition("p").deadLetters();
        String letter = letters.list(1).get(0).id();
        server.faults().loseNextConfirmation(Faults.Call.STORE_REDRIVEN);
        assertThatThrownBy(() -> letters.move(letter, target))
            .isInstanceOf(OutcomeUnknownException.class);
        advance(until.of(WINDOW));
        assertThat(letters.move(letter, target)).isTrue();
        assertThat(to.stats().ready())
            .as("tasks in %s after a second move at the %s of the window", target, until)
            .isEqualTo(until == Until.END ? 2 : 1);
        assertThat(letters.find(letter)).isEmpty();
      }
    }
  }

  @Test
  void aRemovedLetterIsKnownForExactlyTheDedupWindow() throws InterruptedException {
    for (Until until : Until.values()) {
      configure(CONFIG);
      push("a");
      deadLetterInPart();
      assertThat(partition.deadLetters().purge()).isEqualTo(1);
      advance(until.of(WINDOW));
      deadLetterInPart();
      assertThat(partition.stats().dead())
          .as("letters after a second one at the %s of the window", until)
          .isEqualTo(until == Until.END ? 1 : 0);
    }
  }

  private void deadLetterInPart() throws InterruptedException {
    Delivery delivery = pullOne();
    server.faults().loseNextConfirmation(Faults.Call.STORE_LETTER);
    assertThatThrownBy(() -> delivery.deadLetter("refused"))
        .isInstanceOf(OutcomeUnknownException.class);
  }

  /** The letter is stored, and the task is not removed. */
  @Test
  void aHalfDoneDeadLetterIsShownAsDead() throws InterruptedException {
    push("a", "b");
    deadLetterInPart();
    assertThat(server.tasks("p"))
        .extracting(TaskSnapshot::taskId, TaskSnapshot::state)
        .containsExactly(tuple("a", TaskSnapshot.State.DEAD), tuple("b", TaskSnapshot.State.READY));
    assertThat(server.leaks()).as("its holder may settle it").anyMatch(l -> l.contains("p/a"));
    assertThat(partition.stats()).isEqualTo(new Stats(1, 1, 1));
  }
}
