// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Worker;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WorkloadTest {

  private static final long QUICK_NANOS = 1_000;
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Workload work = new Workload(4, 1, new FetchAhead(4, -1, FetchAhead.MOST));

  private long nowNanos;

  private @Nullable HandlerRun take(boolean first) {
    return work.take(first, delivery -> new HandlerRun(delivery, nowNanos));
  }

  private HandlerRun taken(boolean first) {
    return Objects.requireNonNull(take(first), "nothing to take");
  }

  private void end(HandlerRun run, long afterNanos) {
    nowNanos += afterNanos;
    work.ended(run, nowNanos);
  }

  private void come(int tasks) {
    assertThat(work.beginFetch(() -> {})).isPositive();
    List<Delivery> fetched = Stream.<Delivery>generate(RecordedDelivery::new).limit(tasks).toList();
    assertThat(work.endFetch(fetched)).isTrue();
  }

  private List<HandlerRun> startThreads() {
    List<HandlerRun> runs = new ArrayList<>();
    for (boolean opens = work.startThread(); opens; ) {
      HandlerRun run = taken(true);
      runs.add(run);
      opens = run.opensAnother || work.startThread();
    }
    return runs;
  }

  private void handleOneByOne(int tasks, long eachNanos) {
    for (int i = 0; i < tasks; i++) {
      end(taken(false), eachNanos);
    }
  }

  @Test
  void whenTasksBecomeQuickOneLaneContinues() {
    come(100);
    List<HandlerRun> runs = startThreads();
    assertThat(runs).hasSize(4);
    runs.forEach(run -> end(run, QUICK_NANOS));
    handleOneByOne(12, QUICK_NANOS);
    assertThat(Stream.generate(() -> take(false)).limit(3)).containsOnlyNulls();
    assertThat(take(false)).isNotNull();
    assertThat(work.startThread()).isFalse();
  }

  /** Otherwise a thousand tasks of a megabyte fill the memory of their worker. */
  @Test
  void payloadsAheadAreBounded() {
    byte[] half = new byte[(int) (Workload.MOST_BYTES_AHEAD / 2)];
    Workload large = new Workload(1, 1, new FetchAhead(1, 1_000, FetchAhead.MOST));
    assertThat(large.beginFetch(() -> {})).isPositive();
    assertThat(large.endFetch(List.of(delivery(half), delivery(half), delivery(half)))).isTrue();
    assertThat(large.startThread()).isTrue();
    HandlerRun run =
        Objects.requireNonNull(large.take(true, one -> new HandlerRun(one, nowNanos)), "a task");
    assertThat(large.beginFetch(() -> {})).as("two halves wait").isZero();
    large.ended(run, nowNanos);
    assertThat(large.take(false, one -> new HandlerRun(one, nowNanos))).isNotNull();
    assertThat(large.beginFetch(() -> {})).as("one half waits").isPositive();
    assertThat(large.endFetch(List.of(delivery(half), delivery(half)))).isTrue();
    assertThat(large.change(Worker.State.RUNNING, Worker.State.PAUSED)).hasSize(3);
    assertThat(large.change(Worker.State.PAUSED, Worker.State.RUNNING)).isEmpty();
    assertThat(large.beginFetch(() -> {})).as("none waits").isPositive();
  }

  private static Delivery delivery(byte[] payload) {
    return new RecordedDelivery() {
      @Override
      public byte[] payload() {
        return payload;
      }
    };
  }

  /** A quick task may be followed by a slow one, behind which the others must not wait. */
  @Test
  void anotherLaneIsOpenedWhenQuickTasksStall() {
    whenTasksBecomeQuickOneLaneContinues();
    assertThat(work.mayStall()).isTrue();
    assertThat(work.startThreadIfStalled()).as("tasks were taken since the start").isFalse();
    assertThat(work.startThreadIfStalled()).as("none was taken since").isTrue();
    assertThat(take(true)).isNotNull();
    assertThat(work.startThreadIfStalled()).as("one was taken since").isFalse();
    assertThat(work.startThreadIfStalled()).isTrue();
    assertThat(work.refused()).isFalse();
    assertThat(work.startThreadIfStalled()).as("the executor refused").isFalse();
    work.forgetRefusal();
    assertThat(work.startThreadIfStalled()).isTrue();
  }

  @Test
  void slowTasksKeepTheirThreads() {
    come(100);
    startThreads().forEach(run -> end(run, SLOW_NANOS));
    handleOneByOne(20, SLOW_NANOS);
    assertThat(Stream.generate(() -> take(false)).limit(4)).doesNotContainNull();
  }

  /**
   * The machine interrupts all handlers for some milliseconds, which is no reason to give tasks
   * back.
   */
  @Test
  void aShortSilenceMakesNoSurplus() {
    come(2_000);
    HandlerRun run = startThreads().get(0);
    end(run, QUICK_NANOS);
    assertThat(work.takeSurplus(nowNanos + TimeUnit.MILLISECONDS.toNanos(99))).isEmpty();
  }

  @Test
  void tasksBehindAHangingHandlerAreASurplus() {
    come(100);
    end(startThreads().get(0), QUICK_NANOS);
    assertThat(work.takeSurplus(nowNanos + LONG_NANOS)).hasSize(100 - 4 - 4);
  }

  /** They are delivered again in the order in which they are given back. */
  @Test
  void theSurplusIsGivenBackInItsOrder() {
    assertThat(work.beginFetch(() -> {})).isPositive();
    List<Delivery> fetched = Stream.<Delivery>generate(RecordedDelivery::new).limit(100).toList();
    assertThat(work.endFetch(fetched)).isTrue();
    end(startThreads().get(0), QUICK_NANOS);
    assertThat(work.takeSurplus(nowNanos + LONG_NANOS))
        .usingElementComparator((one, other) -> one == other ? 0 : 1)
        .isEqualTo(fetched.subList(4 + 4, 100));
  }
}
