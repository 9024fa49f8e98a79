// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.WorkerOptions;
import dev.jetlane.client.StandingClock;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class PatrolTest {

  private final StandingClock clock = new StandingClock();
  private final Workload work = new Workload(1, 1, new FetchAhead(1, 0, FetchAhead.MOST));
  private final Patrol patrol =
      new Patrol(
          clock,
          work,
          new WorkerReports("p", failure -> {}, clock),
          WorkerOptions.concurrency(1),
          run -> {});

  private HandlerRun begin() {
    assertThat(work.beginFetch(() -> {})).isOne();
    assertThat(work.endFetch(List.of(new RecordedDelivery()))).isTrue();
    assertThat(work.startThread()).isTrue();
    HandlerRun run =
        Objects.requireNonNull(
            work.take(true, delivery -> new HandlerRun(delivery, clock.nanoTime())), "a task");
    patrol.watch(run);
    return run;
  }

  private void end(HandlerRun run) {
    work.ended(run, clock.nanoTime());
    assertThat(work.take(false, delivery -> new HandlerRun(delivery, 0))).isNull();
  }

  @Test
  void looksAgainAfterATimeWithoutHandlers() {
    end(begin());
    assertThat(clock.wishes).hasSize(1);
    patrol.runDue(clock.wishes.get(0));
    assertThat(clock.wishes).as("no handler runs").hasSize(1);
    end(begin());
    assertThat(clock.wishes).hasSize(2);
  }
}
