// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.inmemory.simulation.Decisions.Keys;
import dev.jetlane.inmemory.simulation.Decisions.Kind;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** SIM-1: the choices of a seed. */
class DecisionsTest {

  private static final int DRAWS = 10_000;

  @Test
  void equalOptionsAreEquallyLikely() {
    Decisions decisions = Decisions.of(7);
    Keys keys = new Keys(3);
    int[] counts = new int[5];
    for (int i = 0; i < DRAWS; i++) {
      counts[decisions.draw(keys, Kind.USER, 5, 1)]++;
    }
    for (int count : counts) {
      assertThat(count).isBetween(DRAWS / 6, DRAWS / 4);
    }
  }

  @Test
  void oneInTenIsSpecialAndEachSpecialOptionIsEquallyLikely() {
    Decisions decisions = Decisions.of(7);
    Keys keys = new Keys(3);
    int[] counts = new int[5];
    for (int i = 0; i < DRAWS; i++) {
      counts[decisions.draw(keys, Kind.FAULT, 5, 10)]++;
    }
    assertThat(counts[0]).isBetween(8_700, 9_300);
    for (int option = 1; option < counts.length; option++) {
      assertThat(counts[option]).isBetween(180, 320);
    }
    assertThat(decisions.draw(keys, Kind.FAULT, 1, 1)).isZero();
    assertThat(decisions.made()).hasSize(DRAWS - counts[0]);
  }

  @Test
  void chancesAreSpreadBelowOne() {
    Decisions decisions = Decisions.of(7);
    Keys keys = new Keys(3);
    int[] tenths = new int[10];
    for (int i = 0; i < DRAWS; i++) {
      tenths[(int) (10 * decisions.chance(keys))]++;
    }
    for (int count : tenths) {
      assertThat(count).isBetween(850, 1_150);
    }
    assertThat(Decisions.of(8).chance(new Keys(3)))
        .isNotEqualTo(Decisions.of(7).chance(new Keys(3)));
    assertThat(Decisions.of(7).chance(new Keys(4)))
        .isNotEqualTo(Decisions.of(7).chance(new Keys(3)));
  }

  /** A repeated history gets its decisions by actor and number, and zero where none is given. */
  @Test
  void decisionsAreRepeatedByTheirKeys() {
    Decisions first = Decisions.of(7);
    int[] drawn = drawEach(first);

    Decisions again = Decisions.repeating(7, first.made());

    assertThat(drawEach(again)).isEqualTo(drawn);
    assertThat(again.made()).isEqualTo(first.made());
    assertThat(again.asked()).hasSize(3 * 40);
    assertThat(drawEach(Decisions.repeating(7, Map.of()))).containsOnly(0);
    assertThat(Decisions.parse(Decisions.text(first.made()))).isEqualTo(first.made());
  }

  private static int[] drawEach(Decisions decisions) {
    int[] drawn = new int[3 * 40];
    Keys[] keys = {new Keys(1), new Keys(2)};
    for (int i = 0; i < 40; i++) {
      drawn[3 * i] = decisions.draw(keys[0], Kind.TURN, 4, 1);
      drawn[3 * i + 1] = decisions.draw(keys[1], Kind.TURN, 4, 2);
      drawn[3 * i + 2] = decisions.draw(keys[1], Kind.USER, 4, 1);
    }
    return drawn;
  }

  @Test
  void theChoicesOfATestAreToldApart() {
    Decisions decisions = Decisions.of(7);
    int[] drawn = drawEach(decisions);
    int own = 0;
    for (int i = 0; i < 40; i++) {
      own += drawn[3 * i + 2] == 0 ? 0 : 1;
    }

    Map<Long, Integer> ofUser = Decisions.ofUser(decisions.made());

    assertThat(ofUser).hasSize(own).isNotEmpty();
    assertThat(ofUser.keySet()).allMatch(key -> Decisions.kindOf(key) == Kind.USER.code);
    assertThat(decisions.made().size()).isGreaterThan(own);
  }

  @Test
  void aDecisionBeyondTheOptionsIsTheLastOne() {
    Decisions first = Decisions.of(7);
    Keys keys = new Keys(1);
    while (first.made().isEmpty()) {
      first.draw(keys, Kind.USER, 9, 1);
    }
    Map.Entry<Long, Integer> made = first.made().entrySet().iterator().next();
    Decisions again = Decisions.repeating(7, Map.of(made.getKey(), 8));
    Keys same = new Keys(1);
    int last = 0;
    while (!again.asked().containsKey(made.getKey())) {
      last = again.draw(same, Kind.USER, 3, 1);
    }
    assertThat(last).isEqualTo(2);
  }
}
