// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FetchAheadTest {

  private static final long QUICK_NANOS = TimeUnit.MICROSECONDS.toNanos(10);
  private static final long MILLI_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final FetchAhead ahead = new FetchAhead(8, -1, FetchAhead.MOST);

  private void handled(int tasks, long eachNanos) {
    for (int i = 0; i < tasks; i++) {
      ahead.handled(eachNanos);
    }
  }

  /** A pull for each round trip would bring only three tasks, and cost as much as handling them. */
  @Test
  void tasksOfAMillisecondAreFetchedForTen() {
    handled(200, MILLI_NANOS);
    ahead.confirmed(MILLI_NANOS / 5);
    assertThat(ahead.target()).isEqualTo(80);
  }

  @Test
  void aLongRoundTripIsBridged() {
    handled(400, MILLI_NANOS);
    ahead.confirmed(20 * MILLI_NANOS);
    assertThat(ahead.target()).isEqualTo(320);
  }

  /** Another worker that starts gets its share within the time of one task. */
  @Test
  void noHandlerHasMoreThanOneSlowTaskAhead() {
    handled(200, 10 * MILLI_NANOS);
    ahead.confirmed(MILLI_NANOS / 5);
    assertThat(ahead.target()).isEqualTo(8);
    handled(200, 100 * MILLI_NANOS);
    assertThat(ahead.target()).isZero();
  }

  @Test
  void aFewQuickTasksAreNoReasonToFetchAThousand() {
    handled(16, QUICK_NANOS);
    ahead.confirmed(MILLI_NANOS / 5);
    assertThat(ahead.target()).isEqualTo(16);
  }

  /** A task of a higher priority waits for them. */
  @Test
  void fewerAreFetchedInAQueueWithPriorities() {
    FetchAhead withPriorities = new FetchAhead(8, -1, FetchAhead.most(2));
    for (int task = 0; task < 2_000; task++) {
      withPriorities.handled(QUICK_NANOS);
    }
    withPriorities.confirmed(MILLI_NANOS / 5);
    assertThat(withPriorities.target()).isEqualTo(FetchAhead.MOST_WITH_PRIORITIES);
    assertThat(FetchAhead.most(1)).isEqualTo(FetchAhead.MOST);
  }

  @Test
  void nothingIsFetchedAheadBeforeARoundTripIsKnown() {
    handled(200, MILLI_NANOS);
    assertThat(ahead.target()).isZero();
  }

  /**
   * The machine interrupted one task for some milliseconds, which is no reason to wake all threads.
   */
  @Test
  void oneLongTaskAmongQuickOnesChangesNothing() {
    handled(20, QUICK_NANOS);
    handled(1, 5 * MILLI_NANOS);
    assertThat(ahead.areTasksQuick()).isTrue();
  }

  @Test
  void tasksThatBecomeSlowAreSoonDetected() {
    handled(1_000, QUICK_NANOS);
    handled(16, MILLI_NANOS);
    assertThat(ahead.areTasksQuick()).isFalse();
  }

  @Test
  void tasksThatBecomeQuickAreSoonDetected() {
    handled(1_000, MILLI_NANOS);
    handled(64, QUICK_NANOS);
    assertThat(ahead.areTasksQuick()).isTrue();
  }
}
