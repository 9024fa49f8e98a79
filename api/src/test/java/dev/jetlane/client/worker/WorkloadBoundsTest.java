// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.jetlane.Delivery;
import dev.jetlane.Worker.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The counts and states of a worker at their bounds, and after a second call. */
class WorkloadBoundsTest {

  private static final int PLACES = 3;
  private static final int AHEAD = 4;

  private final Workload work =
      new Workload(PLACES, PLACES, new FetchAhead(PLACES, AHEAD, FetchAhead.MOST));

  private long nowNanos = 1_000;

  private int begin() {
    return work.beginFetch(() -> {});
  }

  private static List<Delivery> tasks(int count) {
    return Stream.<Delivery>generate(RecordedDelivery::new).limit(count).toList();
  }

  private void come(int count) {
    assertThat(begin()).isPositive();
    assertThat(work.endFetch(tasks(count))).isTrue();
  }

  private @Nullable HandlerRun take(boolean first) {
    HandlerRun run = work.take(first, delivery -> new HandlerRun(delivery, nowNanos));
    if (run != null && run.opensAnother) {
      work.cancelStart();
    }
    return run;
  }

  private HandlerRun taken() {
    assertThat(work.startThread()).isTrue();
    return Objects.requireNonNull(take(true), "a task");
  }

  @Test
  void aPullFillsThePlacesAndTheTasksAhead() {
    int[] begun = {0};
    assertThat(work.beginFetch(() -> begun[0]++)).isEqualTo(PLACES + AHEAD);
    assertThat(work.beginFetch(() -> begun[0]++)).as("a second pull").isZero();
    assertThat(work.mayFetch()).isFalse();
    assertThat(begun[0]).as("begun pulls").isOne();
    assertThat(work.endFetch(tasks(PLACES + AHEAD))).isTrue();
    assertThat(work.ahead()).isEqualTo(PLACES + AHEAD);
    List<HandlerRun> runs = new ArrayList<>(List.of(taken(), taken(), taken()));
    assertThat(work.running()).isEqualTo(PLACES);
    assertThat(work.ahead()).isEqualTo(AHEAD);
    assertThat(work.startThread()).as("a thread beyond the places").isFalse();
    assertThat(take(false)).as("a task beyond the places").isNull();
    assertThat(begin()).as("more while %d are ahead", AHEAD).isZero();
    work.ended(runs.remove(0), nowNanos);
    runs.add(Objects.requireNonNull(take(false), "a task"));
    assertThat(begin()).as("more while %d are ahead", AHEAD - 1).isZero();
    work.ended(runs.remove(0), nowNanos);
    runs.add(Objects.requireNonNull(take(false), "a task"));
    assertThat(work.ahead()).isEqualTo(2);
    assertThat(begin()).as("more while half are ahead").isEqualTo(AHEAD - 2);
  }

  @Test
  void aRunEndsOnce() {
    come(2);
    HandlerRun run = taken();
    HandlerRun other = taken();
    work.ended(run, nowNanos);
    work.ended(run, nowNanos);
    assertThat(work.running()).isOne();
    assertThat(work.runs()).containsExactly(other);
  }

  /** The threads of a worker are counted: each of these ways ends one of them. */
  @Test
  void asManyThreadsStartAsBefore() {
    for (int round = 0; round < 5; round++) {
      come(PLACES);
      HandlerRun run = taken();
      assertThat(work.startThread()).isTrue();
      work.cancelStart();
      assertThat(work.startThread()).isTrue();
      assertThat(work.refused()).as("no other thread").isFalse();
      assertThat(work.startThread()).as("after a refusal").isFalse();
      work.forgetRefusal();
      assertThat(work.startThread()).isTrue();
      HandlerRun second = Objects.requireNonNull(take(true), "a task");
      work.ended(run, nowNanos);
      work.ended(second, nowNanos);
      HandlerRun third = Objects.requireNonNull(take(false), "a task");
      work.ended(third, nowNanos);
      assertThat(take(false)).isNull();
      assertThat(take(false)).isNull();
      assertThat(work.running()).isZero();
      assertThat(work.ahead()).isZero();
    }
    come(PLACES + 1);
    assertThat(Stream.generate(work::startThread).limit(4))
        .containsExactly(true, true, true, false);
  }

  @Test
  void aRefusalWithoutAnyThreadIsAnOutage() {
    come(2);
    assertThat(work.startThread()).isTrue();
    assertThat(work.refused()).as("no other thread").isTrue();
    assertThat(work.startThread()).as("the executor is asked again").isTrue();
    assertThat(work.refused()).isTrue();
  }

  @Test
  void afterARefusalTasksAreLeasedForTheExistingThreadsOnly() {
    Workload none = new Workload(8, 8, new FetchAhead(8, 0, FetchAhead.MOST));
    assertThat(none.beginFetch(() -> {})).isEqualTo(8);
    assertThat(none.endFetch(tasks(2))).isTrue();
    assertThat(none.startThread()).isTrue();
    HandlerRun run =
        Objects.requireNonNull(none.take(true, each -> new HandlerRun(each, nowNanos)), "a task");
    assertThat(run.opensAnother).isTrue();
    assertThat(none.refused()).isFalse();
    none.ended(run, nowNanos);
    assertThat(none.take(false, each -> new HandlerRun(each, nowNanos))).isNotNull();
    assertThat(none.beginFetch(() -> {})).as("the one thread is busy").isZero();
    none.forgetRefusal();
    assertThat(none.beginFetch(() -> {})).isEqualTo(7);
  }

  @Test
  void eachStateIsLeftInOneDirection() {
    come(2);
    assertThat(work.change(State.PAUSED, State.RUNNING)).as("a resume without a pause").isNull();
    assertThat(work.change(State.RUNNING, State.PAUSED)).hasSize(2);
    assertThat(work.ahead()).isZero();
    assertThat(work.change(State.RUNNING, State.PAUSED)).as("a second pause").isNull();
    assertThat(begin()).as("a pull in a pause").isZero();
    assertThat(work.startThread()).isFalse();
    assertThat(work.isEnding()).isFalse();
    assertThat(work.change(State.PAUSED, State.RUNNING)).isEmpty();
    come(1);
    assertThat(work.drain()).hasSize(1);
    assertThat(work.state()).isEqualTo(State.DRAINING);
    assertThat(work.isEnding()).isTrue();
    assertThat(work.drain()).as("a second drain").isEmpty();
    assertThat(work.change(State.RUNNING, State.PAUSED)).isNull();
    assertThat(work.change(State.PAUSED, State.RUNNING)).isNull();
    assertThat(begin()).as("a pull in a drain").isZero();
    assertThat(work.close()).isEmpty();
    assertThat(work.close()).as("a second close").isNull();
    assertThat(work.drain()).as("a drain after the close").isEmpty();
    assertThat(work.state()).isEqualTo(State.CLOSED);
    assertThat(work.isEnding()).isTrue();
  }

  /** The task belongs to no handler: the caller gives it back. */
  @Test
  void tasksThatComeInAPauseAreNotTakenAndTheNextPullMayBegin() {
    assertThat(begin()).isPositive();
    assertThat(work.change(State.RUNNING, State.PAUSED)).isEmpty();
    assertThat(work.endFetch(tasks(2))).isFalse();
    assertThat(work.ahead()).isZero();
    assertThat(work.change(State.PAUSED, State.RUNNING)).isEmpty();
    assertThat(begin()).isEqualTo(PLACES + AHEAD);
  }

  @Test
  void aStartedThreadFindsNoTaskAfterAPause() {
    come(2);
    assertThat(work.startThread()).isTrue();
    assertThat(work.change(State.RUNNING, State.PAUSED)).hasSize(2);
    assertThat(take(true)).isNull();
    assertThat(work.running()).isZero();
  }

  /** The time without tasks says nothing about the handlers. */
  @Test
  void anIdleTimeMakesNoSurplus() {
    Workload adaptive = new Workload(PLACES, PLACES, new FetchAhead(PLACES, -1, FetchAhead.MOST));
    for (int round = 0; round < 2; round++) {
      nowNanos += TimeUnit.HOURS.toNanos(1);
      assertThat(adaptive.beginFetch(() -> {})).isPositive();
      assertThat(adaptive.endFetch(tasks(50))).isTrue();
      assertThat(adaptive.takeSurplus(nowNanos)).as("without a running handler").isEmpty();
      assertThat(adaptive.startThread()).isTrue();
      HandlerRun run =
          Objects.requireNonNull(
              adaptive.take(true, each -> new HandlerRun(each, nowNanos)), "a task");
      assertThat(adaptive.takeSurplus(nowNanos + TimeUnit.MILLISECONDS.toNanos(99)))
          .as("in round %d", round)
          .isEmpty();
      nowNanos += TimeUnit.MILLISECONDS.toNanos(1);
      adaptive.ended(run, nowNanos);
      assertThat(adaptive.change(State.RUNNING, State.PAUSED)).hasSize(49);
      assertThat(adaptive.change(State.PAUSED, State.RUNNING)).isEmpty();
      assertThat(adaptive.take(false, each -> new HandlerRun(each, nowNanos))).isNull();
    }
  }

  /** A handler that ended a moment ago shows that the queue does not wait for the others. */
  @Test
  void theSilenceBeginsWithTheLastEndOfAHandler() {
    Workload adaptive = new Workload(2, 2, new FetchAhead(2, -1, FetchAhead.MOST));
    assertThat(adaptive.beginFetch(() -> {})).isPositive();
    assertThat(adaptive.endFetch(tasks(50))).isTrue();
    assertThat(adaptive.startThread()).isTrue();
    HandlerRun slow =
        Objects.requireNonNull(
            adaptive.take(true, delivery -> new HandlerRun(delivery, nowNanos)), "a task");
    nowNanos += 200_000_000;
    HandlerRun quick =
        Objects.requireNonNull(
            adaptive.take(true, delivery -> new HandlerRun(delivery, nowNanos)), "a task");
    nowNanos += 1_000;
    adaptive.ended(quick, nowNanos);
    assertThat(adaptive.runs()).containsExactly(slow);
    assertThat(adaptive.takeSurplus(nowNanos + 99_999_999)).isEmpty();
    assertThat(adaptive.takeSurplus(nowNanos + 100_000_000)).hasSize(46);
  }

  @Test
  void aSurplusIsNoLongerAhead() {
    Workload adaptive = new Workload(PLACES, PLACES, new FetchAhead(PLACES, -1, FetchAhead.MOST));
    assertThat(adaptive.beginFetch(() -> {})).isPositive();
    assertThat(adaptive.endFetch(tasks(50))).isTrue();
    assertThat(adaptive.startThread()).isTrue();
    HandlerRun unused =
        Objects.requireNonNull(
            adaptive.take(true, each -> new HandlerRun(each, nowNanos)), "a task");
    long later = nowNanos + TimeUnit.SECONDS.toNanos(1);
    assertThat(adaptive.takeSurplus(later)).hasSize(49 - PLACES);
    assertThat(adaptive.ahead()).isEqualTo(PLACES);
    assertThat(adaptive.takeSurplus(later)).as("a second time").isEmpty();
    assertThat(adaptive.change(State.RUNNING, State.PAUSED)).hasSize(PLACES);
  }

  /** The pause looks for a pull that it has to end, so it waits for one that begins. */
  @Test
  @Timeout(60)
  void aPullBeginsBeforeAPauseOrNotAtAll() throws Exception {
    FutureTask<List<Delivery>> pause =
        new FutureTask<>(() -> work.change(State.RUNNING, State.PAUSED));
    Thread pausing = new Thread(pause, "pausing");
    int room =
        work.beginFetch(
            () -> {
              pausing.start();
              while (pausing.getState() != Thread.State.WAITING && !pause.isDone()) {
                Thread.onSpinWait();
              }
              assertThat(pause).as("the pause while the pull begins").isNotDone();
            });
    assertThat(room).isEqualTo(PLACES + AHEAD);
    assertThat(pause.get()).isEmpty();
    assertThat(work.beginFetch(() -> fail("a pull begins after the pause"))).isZero();
  }

  /** Otherwise a worker of large tasks fetches nothing more. */
  @Test
  void theBytesOfASurplusAreNoLongerAhead() {
    byte[] large = new byte[(int) (Workload.MOST_BYTES_AHEAD / 10)];
    Workload adaptive = new Workload(PLACES, PLACES, new FetchAhead(PLACES, -1, FetchAhead.MOST));
    assertThat(adaptive.beginFetch(() -> {})).isPositive();
    List<Delivery> all =
        Stream.<Delivery>generate(
                () ->
                    new RecordedDelivery() {
                      @Override
                      public byte[] payload() {
                        return large;
                      }
                    })
            .limit(50)
            .toList();
    assertThat(adaptive.endFetch(all)).isTrue();
    assertThat(adaptive.startThread()).isTrue();
    HandlerRun run = adaptive.take(true, each -> new HandlerRun(each, nowNanos));
    assertThat(adaptive.takeSurplus(nowNanos + TimeUnit.SECONDS.toNanos(1))).hasSize(49 - PLACES);
    while (run != null) {
      adaptive.ended(run, nowNanos);
      run = adaptive.take(false, each -> new HandlerRun(each, nowNanos));
    }
    assertThat(adaptive.beginFetch(() -> {})).as("tasks of the next pull").isPositive();
  }
}
