// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ManualClockTest {

  private final ManualClock clock = new ManualClock();

  @Test
  void standsStillUntilItIsMoved() {
    assertThat(clock.now()).isEqualTo(Instant.parse("2000-01-01T00:00:00Z"));

    clock.advance(Duration.ofNanos(1));

    assertThat(clock.now()).isEqualTo(Instant.parse("2000-01-01T00:00:00.000000001Z"));
  }

  @Test
  void startsAtTheGivenInstant() {
    Instant start = Instant.parse("2026-03-29T00:59:59Z");

    assertThat(new ManualClock(start).now()).isEqualTo(start);
  }

  @Test
  void refusesToMoveBackAndToMoveTooFar() {
    assertThatThrownBy(() -> clock.advance(Duration.ofNanos(-1)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("PT-0.000000001S");
    assertThatThrownBy(() -> clock.advance(Duration.ofSeconds(Long.MAX_VALUE)))
        .isInstanceOf(InvalidInputException.class);

    clock.advance(Duration.ofDays(100 * 365));
    assertThatThrownBy(() -> clock.advance(Duration.ofNanos(1)))
        .isInstanceOf(InvalidInputException.class);

    assertThat(clock.now()).isEqualTo(ManualClock.DEFAULT_START.plus(Duration.ofDays(100 * 365)));
  }

  @Test
  @SuppressWarnings("NullAway") // Passing null is the purpose of this test.
  void refusesNull() {
    assertThatThrownBy(() -> clock.advance(null)).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> new ManualClock(null)).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> InMemoryServer.create(null)).isInstanceOf(InvalidInputException.class);
  }

  @Test
  void aRefusedStepDoesNotMoveIt() {
    clock.advance(Duration.ofDays(1));
    for (Duration step :
        new Duration[] {
          Duration.ofNanos(-1),
          Duration.ofDays(100 * 365).plusNanos(1),
          Duration.ofDays(100 * 365).minusDays(1).plusNanos(1)
        }) {
      assertThatThrownBy(() -> clock.advance(step)).isInstanceOf(InvalidInputException.class);
    }
    clock.advance(Duration.ZERO);
    assertThat(clock.now()).isEqualTo(ManualClock.DEFAULT_START.plus(Duration.ofDays(1)));
    clock.advance(Duration.ofDays(100 * 365 - 1));
    assertThat(clock.advanceToNext()).isFalse();
  }

  @Test
  @SuppressWarnings("NullAway") // Passing null is part of the test.
  void aRefusalNamesTheValueAndTheRule() {
    assertThatThrownBy(() -> clock.advance(Duration.ofSeconds(-7)))
        .hasMessageStartingWith("step of the clock ")
        .hasMessageContaining("PT-7S")
        .hasMessageEndingWith("must be from PT0S to PT876000H");
    clock.advance(Duration.ofDays(1));
    assertThatThrownBy(() -> clock.advance(Duration.ofDays(100 * 365)))
        .hasMessageStartingWith("step of the clock ")
        .hasMessageContaining("PT876000H")
        .hasMessageEndingWith("must end within PT876000H of the clock's start");
    assertThatThrownBy(() -> new ManualClock(null)).hasMessageStartingWith("start of the clock ");
    assertThatThrownBy(() -> InMemoryServer.create(null)).hasMessageStartingWith("clock ");
  }
}
