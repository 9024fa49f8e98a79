// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueConfig;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The sequence of the turns, over several rounds. */
class PriorityTurnsTest {

  private static List<Integer> sequence(PriorityTurns turns, int count) {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(turns.next());
      turns.took();
    }
    return all;
  }

  private static PriorityTurns turns(int priorities, int lowEvery) {
    QueueConfig config = QueueConfig.defaults().withPriorities(priorities);
    return new PriorityTurns(lowEvery == 0 ? config : config.withLowEvery(lowEvery));
  }

  @Test
  void withoutTurnsTheHighestPriorityAlwaysComesFirst() {
    PriorityTurns turns = turns(3, 0);
    assertThat(turns.areTaken()).isFalse();
    assertThat(sequence(turns, 20)).containsOnly(-1);
  }

  @Test
  void theLowerPrioritiesTakeTurnsTheHighestOneHasNone() {
    PriorityTurns turns = turns(3, 2);
    assertThat(turns.areTaken()).isTrue();
    assertThat(sequence(turns, 10)).containsExactly(-1, 0, -1, 1, -1, 0, -1, 1, -1, 0);
  }

  @Test
  void oneLowerPriorityHasEachTurn() {
    assertThat(sequence(turns(2, 3), 9)).containsExactly(-1, -1, 0, -1, -1, 0, -1, -1, 0);
  }

  @Test
  void theTurnAfterMoreTasksIsTheOneThatTheyLeaveBehind() {
    PriorityTurns ahead = turns(4, 3);
    PriorityTurns stepping = turns(4, 3);
    ahead.took();
    stepping.took();
    for (int tasks = 0; tasks < 40; tasks++) {
      assertThat(ahead.after(tasks)).as("after %s tasks", tasks).isEqualTo(stepping.next());
      stepping.took();
    }
    assertThat(ahead.next()).as("looking ahead counts nothing").isEqualTo(ahead.after(0));
  }
}
