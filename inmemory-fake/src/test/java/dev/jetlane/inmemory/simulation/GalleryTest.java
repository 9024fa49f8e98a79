// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueConfig;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The simulation finds each mistake, and does not fail a correct version. */
class GalleryTest {

  /** Describes a history with a mistake, or its correct version. */
  interface Mistake {
    void begin(Simulation sim, boolean mended);
  }

  private static final Map<String, Mistake> ALL = new LinkedHashMap<>();

  static {
    ALL.put("acks before the work", Mistakes::acksBeforeTheWork);
    ALL.put("is not idempotent", Mistakes::isNotIdempotent);
    ALL.put("ignores a lost lease", Mistakes::ignoresALostLease);
    ALL.put("keeps state by attempt", Mistakes::keepsStateByAttempt);
    ALL.put("swallows an interrupt", Mistakes::swallowsAnInterrupt);
    ALL.put("retries what can never work", Mistakes::retriesAPermanentFailure);
    ALL.put("loses a task in a hand-off", Mistakes::losesATaskInAHandOff);
    ALL.put("deduplicates in memory", Mistakes::deduplicatesInMemory);
    ALL.put("assumes order", Mistakes::assumesOrder);
    ALL.put("acts on a missing confirmation", Mistakes::actsOnAMissingConfirmation);
    ALL.put("trusts the wall clock", Mistakes::trustsTheWallClock);
    ALL.put("holds a task until its time (kombu 337)", Mistakes::holdsATaskUntilItsTime);
  }

  private static SimulationOptions seeds(int seeds) {
    return SimulationOptions.seeds(seeds)
        .withTimeLimit(Duration.ofMinutes(10))
        .withConfig(QueueConfig.defaults().withLease(Duration.ofSeconds(10)));
  }

  @TestFactory
  Stream<DynamicTest> everyMistakeIsFound() {
    return ALL.entrySet().stream()
        .map(
            mistake ->
                DynamicTest.dynamicTest(
                    mistake.getKey(),
                    () -> {
                      Run run = Run.of(seeds(1000), sim -> mistake.getValue().begin(sim, false));
                      FailedHistory failed =
                          Objects.requireNonNull(run.failed(), "in " + run.played() + " histories");
                      assertThat(failed.repeatable()).as(failed.difference()).isTrue();
                      int found = failed.found().made().size();
                      assertThat(failed.shortest().made()).hasSizeLessThan(Math.min(4, found));
                    }));
  }

  @TestFactory
  Stream<DynamicTest> theCorrectVersionsPass() {
    return ALL.entrySet().stream()
        .map(
            mistake ->
                DynamicTest.dynamicTest(
                    mistake.getKey(),
                    () -> {
                      int seeds = Integer.getInteger("jetlane.simulation.seeds", 1000);
                      Run run = Run.of(seeds(seeds), sim -> mistake.getValue().begin(sim, true));
                      run.orThrow(mistake.getKey());
                      assertThat(run.played()).isEqualTo(seeds);
                    }));
  }
}
