// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.inmemory.time.Timed;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The order of the simulation's own events. */
class TimersTest {

  private final Timers timers = new Timers();
  private final List<String> done = new ArrayList<>();

  private void at(long nanos, String what) {
    timers.at(nanos, () -> done.add(what));
  }

  @Test
  void eventsComeByTimeAndThoseOfOneInstantInTheirOrder() {
    assertThat(timers.isEmpty()).isTrue();
    assertThat(timers.nextEventNanos()).isEqualTo(Timed.NEVER);
    at(7, "late");
    for (int i = 0; i < 20; i++) {
      at(5, "same-" + i);
    }
    at(3, "first");
    assertThat(timers.nextEventNanos()).isEqualTo(3);

    timers.catchUp(2);
    assertThat(done).isEmpty();
    timers.catchUp(3);
    assertThat(done).containsExactly("first");
    assertThat(timers.nextEventNanos()).isEqualTo(5);
    timers.catchUp(6);
    assertThat(done).hasSize(21);
    for (int i = 0; i < 20; i++) {
      assertThat(done.get(1 + i)).isEqualTo("same-" + i);
    }
    assertThat(timers.isEmpty()).isFalse();
    timers.catchUp(100);
    assertThat(done).last().isEqualTo("late");
    assertThat(timers.isEmpty()).isTrue();
  }

  @Test
  void anEventMayAddAnotherOneAtTheSameInstant() {
    timers.at(
        5,
        () -> {
          done.add("one");
          at(5, "two");
          at(6, "three");
        });
    timers.catchUp(5);
    assertThat(done).containsExactly("one", "two");
    assertThat(timers.nextEventNanos()).isEqualTo(6);
  }

  @Test
  void theyKeepNoClockMoving() {
    at(5, "one");
    assertThat(timers.nextForgottenNanos()).isEqualTo(Timed.NEVER);
    assertThat(timers.anythingInHands()).isFalse();
    assertThat(timers.isUnattended()).isFalse();
  }
}
