// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueConfig;
import dev.jetlane.conformance.oracle.Overrun;
import dev.jetlane.inmemory.simulation.Simulation;
import dev.jetlane.inmemory.simulation.SimulationOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * SIM-10: pauses, drains, closes, kept leases, batches and asynchronous handlers, in any order and
 * with any fault, lose no task, and produce histories that the oracle accepts.
 */
class SimulatedWorkersTest {

  private static final int LEASE_SECONDS = 10;

  private static SimulationOptions seeds(int seeds) {
    return SimulationOptions.seeds(Integer.getInteger("jetlane.simulation.seeds", seeds))
        .withTimeLimit(Duration.ofMinutes(10))
        .withConfig(
            QueueConfig.defaults()
                .withLease(Duration.ofSeconds(LEASE_SECONDS))
                .withMaxDeliveries(QueueConfig.UNLIMITED));
  }

  @Test
  void manyWorkersLoseNothing() {
    judge(
        200,
        sim -> {
          Factory factory = new Factory(sim);
          sim.process("producer", factory::produce);
          sim.process("threads", factory::workInThreads);
          sim.process("asynchronous", factory::workAsynchronously);
          sim.process("puller", factory::pullBatches);
        });
  }

  @Test
  void aWorkerThatRestsLeasesNothing() {
    judge(
        500,
        sim -> {
          Factory factory = new Factory(sim);
          sim.process("producer", factory::produce);
          sim.process("worker", factory::workAlone);
        });
  }

  private static void judge(int seeds, Consumer<Simulation> scenario) {
    List<List<String>> logs = new ArrayList<>();
    Simulation.run(
        seeds(seeds),
        sim -> {
          scenario.accept(sim);
          sim.atEnd("its log is kept", () -> logs.add(sim.server().events()));
        });
    for (List<String> log : logs) {
      assertThat(Overrun.judge(LoggedHistory.of(log, LEASE_SECONDS)).violations())
          .as(String.join("\n", log))
          .isEmpty();
    }
    assertThat(logs).isNotEmpty();
  }
}
