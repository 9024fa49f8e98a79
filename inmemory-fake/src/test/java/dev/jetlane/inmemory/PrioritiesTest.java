// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrioritiesTest extends QueueTest {

  private void pushEach(int tasks) {
    for (int priority = 0; priority < 3; priority++) {
      for (int i = 1; i <= tasks; i++) {
        partition.push(Task.of("p" + priority + "-" + i, "x").withPriority(priority));
      }
    }
  }

  /** Every second task comes from a lower priority, and those take turns. */
  @Test
  void lowerPrioritiesHaveTheirTurns() throws InterruptedException {
    configure(CONFIG.withPriorities(3).withLowEvery(2));
    pushEach(4);
    List<String> got = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      got.add(pullOne().taskId());
    }

    assertThat(got)
        .containsExactly(
            "p2-1", "p0-1", "p2-2", "p1-1", "p2-3", "p0-2", "p2-4", "p1-2", "p1-3", "p0-3", "p1-4",
            "p0-4");
  }

  /** The turns of one puller are not those of another. */
  @Test
  void eachPullerHasItsOwnTurns() throws InterruptedException {
    configure(CONFIG.withPriorities(3).withLowEvery(2));
    pushEach(2);
    try (Puller other = partition.puller()) {
      assertThat(pullIds(1)).containsExactly("p2-1");
      assertThat(ids(other.pull(1, Duration.ZERO))).containsExactly("p2-2");
      assertThat(pullIds(1)).containsExactly("p0-1");
    }
  }

  @Test
  void aLowerPriorityThatIsEmptyCostsNoTurn() throws InterruptedException {
    configure(CONFIG.withPriorities(3).withLowEvery(2));
    partition.push(Task.of("a", "x").withPriority(2));
    partition.push(Task.of("b", "x").withPriority(2));

    assertThat(pullIds(2)).containsExactly("a", "b");
  }

  @Test
  void delayedTasksOfEachPriorityAreCountedAndCancelled() throws InterruptedException {
    configure(CONFIG.withPriorities(3));
    for (int priority = 0; priority < 3; priority++) {
      partition.push(
          Task.of("later-" + priority, "x")
              .withPriority(priority)
              .withDelay(Duration.ofSeconds(3L - priority)));
    }
    assertThat(partition.stats()).isEqualTo(new Stats(0, 0, 0, 3, 0));
    assertThat(partition.cancel("later-1")).isTrue();
    assertThat(partition.cancel("later-1")).isFalse();
    advanceSeconds(1);
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0, 1, 0));
    advanceSeconds(2);
    assertThat(pull(9)).extracting(Delivery::taskId).containsExactly("later-2", "later-0");
  }

  @Test
  void aRedeliveryCountsAsATurn() throws InterruptedException {
    configure(CONFIG.withPriorities(3).withLowEvery(2));
    pushEach(2);
    pullOne().nak();

    assertThat(pullIds(1)).containsExactly("p0-1");
    assertThat(pullIds(1)).containsExactly("p2-1");
    assertThat(pullIds(1)).containsExactly("p1-1");
    assertThat(pullIds(1)).containsExactly("p2-2");
  }

  /** The share of lower priorities is a setting of each client. */
  @Test
  void eachClientHasItsOwnShareOfLowerPriorities() throws InterruptedException {
    configure(CONFIG.withPriorities(3).withLowEvery(2));
    pushEach(3);
    try (var other = server.connect(CONFIG.withPriorities(3));
        Puller ofOther = other.partition("p").puller()) {
      assertThat(ids(ofOther.pull(2, Duration.ZERO))).containsExactly("p2-1", "p2-2");
      assertThat(pullIds(2)).containsExactly("p2-3", "p0-1");
      assertThat(ids(ofOther.pull(2, Duration.ZERO))).containsExactly("p1-1", "p1-2");
    }
  }
}
