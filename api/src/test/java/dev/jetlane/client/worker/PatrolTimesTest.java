// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerFailure.Kind;
import dev.jetlane.WorkerOptions;
import dev.jetlane.client.StandingClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The moments for which a patrol asks its clock to be woken, and what it finds at each of them. */
class PatrolTimesTest {

  private static final Duration SLACK = Duration.ofMillis(5);

  /** A patrol of three handlers. */
  private static final class Watched {

    private final StandingClock clock = new StandingClock();
    private final long startNanos = clock.nanoTime();
    private final Workload work = new Workload(3, 3, new FetchAhead(3, 0, FetchAhead.MOST));
    private final List<WorkerFailure> told = new ArrayList<>();
    private final List<HandlerRun> late = new ArrayList<>();
    private final Patrol patrol;

    Watched(int limit, int hang) {
      patrol =
          new Patrol(
              clock,
              work,
              new WorkerReports("p", told::add, clock),
              WorkerOptions.concurrency(3).withTimeLimit(s(limit)).withHungAfter(s(hang)),
              late::add);
    }

    HandlerRun begin(int lease) {
      assertThat(work.beginFetch(() -> {})).isPositive();
      assertThat(work.endFetch(List.of(leased(clock, s(lease))))).isTrue();
      assertThat(work.startThread()).isTrue();
      HandlerRun run =
          Objects.requireNonNull(
              work.take(true, delivery -> new HandlerRun(delivery, clock.nanoTime())), "a task");
      patrol.watch(run);
      return run;
    }

    List<Duration> wishes() {
      return clock.wishes.stream().map(nanos -> Duration.ofNanos(nanos - startNanos)).toList();
    }

    List<Kind> kinds() {
      return told.stream().map(WorkerFailure::kind).toList();
    }
  }

  private static Duration s(int seconds) {
    return Duration.ofSeconds(seconds);
  }

  private static RecordedDelivery leased(StandingClock clock, Duration lease) {
    long endNanos = clock.nanoTime() + lease.toNanos();
    return new RecordedDelivery() {
      @Override
      public Duration leaseRemaining() {
        return Duration.ofNanos(Math.max(0, endNanos - clock.nanoTime()));
      }

      @Override
      public boolean leaseExpired() {
        return leaseRemaining().isZero();
      }
    };
  }

  @Test
  void theClockIsWokenForTheFirstEventOfAHandler() {
    int[][] limitHangLease = {{2, 4, 6}, {2, 6, 4}, {4, 2, 6}, {6, 2, 4}, {4, 6, 2}, {6, 4, 2}};
    for (int[] each : limitHangLease) {
      Watched on = new Watched(each[0], each[1]);
      HandlerRun unused = on.begin(each[2]);
      assertThat(on.wishes())
          .as("limit %d s, hang %d s, lease %d s", each[0], each[1], each[2])
          .containsExactly(each[2] == 2 ? s(2).plus(SLACK) : s(2));
    }
  }

  @Test
  void eachLookPlansTheNextOneUntilNothingIsLeft() {
    Watched on = new Watched(2, 4);
    HandlerRun run = on.begin(6);
    on.clock.advance(s(2));
    assertThat(on.late).containsExactly(run);
    assertThat(on.wishes()).containsExactly(s(2), s(4));
    on.clock.advance(s(2));
    assertThat(on.kinds()).containsExactly(Kind.HUNG);
    assertThat(on.wishes()).containsExactly(s(2), s(4), s(6).plus(SLACK));
    on.clock.advance(s(2));
    assertThat(on.kinds()).as("before the slack of a lease").hasSize(1);
    on.clock.advance(SLACK);
    assertThat(on.kinds()).containsExactly(Kind.HUNG, Kind.LEASE_LOST);
    assertThat(on.wishes()).as("wishes when nothing is left to find").hasSize(3);
    HandlerRun unused = on.begin(6);
    assertThat(on.wishes()).as("wishes after the start of another handler").hasSize(4);
  }

  /** A task that was leased ahead can have the older lease. */
  @Test
  void aHandlerWhoseLeaseEndsFirstMovesTheNextLook() {
    Watched on = new Watched(50, 60);
    HandlerRun first = on.begin(10);
    HandlerRun second = on.begin(3);
    HandlerRun third = on.begin(5);
    assertThat(on.wishes()).containsExactly(s(10).plus(SLACK), s(3).plus(SLACK));
    on.clock.advance(s(3).plus(SLACK));
    assertThat(on.kinds()).containsExactly(Kind.LEASE_LOST);
    assertThat(on.wishes().get(2)).isEqualTo(s(5).plus(SLACK));
    on.work.ended(second, on.clock.nanoTime());
    on.work.ended(third, on.clock.nanoTime());
    on.work.ended(first, on.clock.nanoTime());
  }

  /** A second handler with the same limits is due after the first one. */
  @Test
  void oneWishIsEnoughForSeveralHandlers() {
    Watched on = new Watched(2, 100);
    HandlerRun first = on.begin(200);
    on.clock.advance(s(1));
    HandlerRun second = on.begin(200);
    assertThat(on.wishes()).containsExactly(s(2));
    on.clock.advance(s(1));
    assertThat(on.late).containsExactly(first);
    assertThat(on.wishes()).containsExactly(s(2), s(3));
    on.work.ended(first, on.clock.nanoTime());
    on.clock.advance(s(1));
    assertThat(on.late).as("handlers beyond their limit, each once").containsExactly(first, second);
    on.clock.advance(s(50));
    assertThat(on.late).hasSize(2);
    assertThat(on.patrol.hung()).isZero();
    on.clock.advance(s(47));
    assertThat(on.patrol.hung()).as("after 99 s").isZero();
    on.clock.advance(s(1));
    assertThat(on.patrol.hung()).as("after 100 s").isOne();
    assertThat(on.patrol.longest()).isEqualTo(s(100));
    assertThat(on.kinds()).containsExactly(Kind.HUNG);
  }
}
