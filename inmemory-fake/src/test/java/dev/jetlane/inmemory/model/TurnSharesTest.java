// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueConfig;
import org.junit.jupiter.api.Test;

/** The shares of the lower priorities. */
class TurnSharesTest {

  @Test
  void everyNthTaskIsTheTurnOfEachLowerPriorityOneAfterTheOther() {
    for (int priorities = 2; priorities <= 5; priorities++) {
      for (int every = 2; every <= 7; every++) {
        PriorityTurns turns =
            new PriorityTurns(
                QueueConfig.defaults().withPriorities(priorities).withLowEvery(every));
        int next = 0;
        for (int number = 1; number <= 200; number++) {
          String what = "task " + number + " of " + priorities + " priorities, every " + every;
          if (number % every == 0) {
            assertThat(turns.next()).as(what).isEqualTo(next);
            next = (next + 1) % (priorities - 1);
          } else {
            assertThat(turns.next()).as(what).isEqualTo(PriorityTurns.HIGHEST);
          }
          int again = turns.next();
          assertThat(turns.next()).as("%s, without a task", what).isEqualTo(again);
          turns.took();
        }
      }
    }
  }

  @Test
  void withoutAShareTheHighestPriorityHasEachTurn() {
    for (int priorities = 1; priorities <= 3; priorities++) {
      PriorityTurns turns = new PriorityTurns(QueueConfig.defaults().withPriorities(priorities));
      for (int i = 0; i < 50; i++) {
        assertThat(turns.next()).isEqualTo(PriorityTurns.HIGHEST);
        turns.took();
      }
    }
  }
}
