// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TimeLimitTest {

  private static final int SEEDS = 20;

  private static int histories(Duration limit) {
    AtomicInteger begun = new AtomicInteger();
    Simulation.run(
        SimulationOptions.seeds(SEEDS).withTimeLimit(limit), sim -> begun.incrementAndGet());
    return begun.get();
  }

  @Test
  void noHistoryBeginsAfterTheLimit() {
    assertThat(histories(Duration.ofNanos(1))).isLessThan(SEEDS);
    assertThat(histories(Duration.ofHours(1))).isEqualTo(SEEDS);
  }
}
