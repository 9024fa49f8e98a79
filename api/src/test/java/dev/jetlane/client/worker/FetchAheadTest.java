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

  private static FetchAhead of(int places, int fixed) {
    return new FetchAhead(places, fixed, FetchAhead.MOST);
  }

  /** A user who sets a number, also zero, gets that number. */
  @Test
  void aFixedNumberIsNeverAdapted() {
    for (int fixed : new int[] {0, 1, 7, 5_000}) {
      FetchAhead constant = of(8, fixed);
      for (int task = 0; task < 2_000; task++) {
        constant.handled(QUICK_NANOS);
      }
      constant.confirmed(MILLI_NANOS);
      assertThat(constant.target()).isEqualTo(fixed);
      assertThat(constant.surplus(10_000, TimeUnit.HOURS.toNanos(1))).isZero();
    }
  }

  @Test
  void noMoreThanAThousandAreFetchedAhead() {
    handled(5_000, QUICK_NANOS);
    ahead.confirmed(MILLI_NANOS);
    assertThat(ahead.target()).isEqualTo(FetchAhead.MOST);
    FetchAhead other = new FetchAhead(8, -1, Integer.MAX_VALUE);
    for (int task = 0; task < 5_000; task++) {
      other.handled(QUICK_NANOS);
    }
    other.confirmed(MILLI_NANOS);
    assertThat(other.target()).isEqualTo(FetchAhead.MOST);
  }

  /** One slow confirmation among quick ones is no reason to fetch many more. */
  @Test
  void aConfirmationCountsForASixteenthAfterTheFirst() {
    FetchAhead one = of(1, -1);
    for (int task = 0; task < 5_000; task++) {
      one.handled(MILLI_NANOS);
    }
    one.confirmed(16 * MILLI_NANOS);
    assertThat(one.target()).isEqualTo(32);
    one.confirmed(48 * MILLI_NANOS);
    assertThat(one.target()).isEqualTo(36);
  }

  @Test
  void sixteenTasksAreEnoughToCallThemQuick() {
    handled(15, QUICK_NANOS);
    assertThat(ahead.areTasksQuick()).isFalse();
    handled(1, QUICK_NANOS);
    assertThat(ahead.areTasksQuick()).isTrue();
  }

  @Test
  void tasksOfFiftyMicrosecondsAreNotQuick() {
    handled(16, TimeUnit.MICROSECONDS.toNanos(50));
    assertThat(ahead.areTasksQuick()).isFalse();
    FetchAhead less = of(8, -1);
    for (int task = 0; task < 16; task++) {
      less.handled(TimeUnit.MICROSECONDS.toNanos(50) - 1);
    }
    assertThat(less.areTasksQuick()).isTrue();
  }

  /** A clock of a test does not move during a task: nothing is known about its duration. */
  @Test
  void tasksWithoutADurationAreNotQuick() {
    handled(100, 0);
    assertThat(ahead.areTasksQuick()).isFalse();
  }

  @Test
  void aTenthOfASecondOfWorkIsNoSurplus() {
    handled(2_000, MILLI_NANOS);
    assertThat(ahead.surplus(800, 0)).isZero();
    assertThat(ahead.surplus(803, 0)).isEqualTo(3);
  }

  @Test
  void oneTaskForEachHandlerIsNoSurplus() {
    handled(200, TimeUnit.SECONDS.toNanos(10));
    assertThat(ahead.surplus(8, 0)).isZero();
    assertThat(ahead.surplus(9, 0)).isOne();
  }

  /** Only from a tenth of a second on a silence says something about the handlers. */
  @Test
  void aSilenceCountsFromATenthOfASecond() {
    long silentNanos = TimeUnit.MILLISECONDS.toNanos(100);
    handled(2_000, MILLI_NANOS);
    assertThat(ahead.surplus(800, silentNanos - 1)).isZero();
    assertThat(ahead.surplus(800, silentNanos)).isEqualTo(800 - 8);
  }

  /** Otherwise the worker would lease the tasks again that it has just given back. */
  @Test
  void afterASurplusTheNumberGrowsFromTheNumberOfHandlers() {
    handled(2_000, MILLI_NANOS);
    ahead.confirmed(20 * MILLI_NANOS);
    assertThat(ahead.target()).isEqualTo(320);
    assertThat(ahead.surplus(900, TimeUnit.SECONDS.toNanos(1))).isPositive();
    assertThat(ahead.target()).isEqualTo(8);
    handled(5, MILLI_NANOS);
    assertThat(ahead.target()).isEqualTo(13);
    assertThat(ahead.surplus(1, 0)).isZero();
    assertThat(ahead.target()).as("without a surplus").isEqualTo(13);
  }
}
