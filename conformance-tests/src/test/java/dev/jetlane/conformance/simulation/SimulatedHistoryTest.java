// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Task;
import dev.jetlane.WorkerOptions;
import dev.jetlane.conformance.oracle.History;
import dev.jetlane.conformance.oracle.Overrun;
import dev.jetlane.conformance.oracle.Verdict;
import dev.jetlane.inmemory.simulation.Simulation;
import dev.jetlane.inmemory.simulation.SimulationFaults.Kind;
import dev.jetlane.inmemory.simulation.SimulationOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** SIM-2: a queue may behave as each simulated history does. */
class SimulatedHistoryTest {

  private static final int LEASE_SECONDS = 10;

  private static final SimulationOptions OPTIONS =
      SimulationOptions.seeds(1000)
          .withTimeLimit(Duration.ofMinutes(10))
          .withConfig(
              QueueConfig.defaults()
                  .withLease(Duration.ofSeconds(LEASE_SECONDS))
                  .withMaxDeliveries(QueueConfig.UNLIMITED));

  /** Excludes the two faults in which a server delivers a task although its lease runs. */
  private static void shop(Simulation sim, List<List<String>> logs) {
    Partition orders = sim.queue().partition("p0");
    int tasks = sim.upTo(6);
    for (int i = 1; i <= tasks; i++) {
      orders.push(Task.of("t" + i, "work"));
    }
    WorkerOptions options =
        WorkerOptions.concurrency(2).withRetryPolicy(RetryPolicy.fixed(Duration.ofSeconds(3)));
    for (int i = 1; i <= 2; i++) {
      sim.process("worker-" + i, queue -> queue.partition("p0").work(order -> work(sim), options));
    }
    sim.faults().without(Kind.DUPLICATE, Kind.SERVER_CRASH);
    sim.atEnd("all is done", () -> sim.server().tasks("p0").isEmpty());
    sim.atEnd("its log is kept", () -> logs.add(sim.server().events()));
  }

  private static void work(Simulation sim) throws Exception {
    if (sim.maybe()) {
      sim.sleep(Duration.ofSeconds(sim.upTo(15)));
    }
    if (sim.maybe()) {
      throw new IllegalStateException("fails by choice");
    }
  }

  @Test
  void everyHistoryIsOneThatTheOracleAccepts() {
    List<List<String>> logs = new ArrayList<>();
    Simulation.run(OPTIONS, sim -> shop(sim, logs));
    Map<String, Integer> evidence = new TreeMap<>();
    for (List<String> log : logs) {
      History history = LoggedHistory.of(log, LEASE_SECONDS);
      Verdict verdict = Overrun.judge(history);
      assertThat(verdict.violations()).as(String.join("\n", log)).isEmpty();
      verdict.evidence().forEach((rule, times) -> evidence.merge(rule, times, Integer::sum));
    }
    assertThat(logs).hasSize(1000);
    assertThat(evidence)
        .containsKeys(
            "PUSH-1", "LEASE-1", "LEASE-2", "SETTLE-1", "SETTLE-4", "EXTEND-1", "ATTEMPT-3");
  }
}
