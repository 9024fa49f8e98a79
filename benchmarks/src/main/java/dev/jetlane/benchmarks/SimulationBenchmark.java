// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.WorkerOptions;
import dev.jetlane.inmemory.simulation.Simulation;
import dev.jetlane.inmemory.simulation.SimulationOptions;
import java.util.HashSet;
import java.util.Set;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/**
 * Histories of a simulation, each with ten tasks, two processes with a worker each, and up to three
 * faults of all kinds: the cost of each seed of a simulated test.
 *
 * <pre>{@code
 * taskset -c 0 java -jar benchmarks/target/benchmarks.jar SimulationBenchmark
 * }</pre>
 */
public class SimulationBenchmark extends Timed {

  private static final int TASKS = 10;
  private static final int HISTORIES = 200;

  private long firstSeed = 1;

  /** Runs one history per operation. */
  @Benchmark
  @OperationsPerInvocation(HISTORIES)
  public void history() {
    Simulation.run(
        SimulationOptions.seeds(HISTORIES).withFirstSeed(firstSeed), SimulationBenchmark::begin);
    firstSeed += HISTORIES;
  }

  private static void begin(Simulation sim) {
    Set<String> done = new HashSet<>();
    sim.faults().atMost(3);
    Partition partition = sim.queue().partition("p");
    for (int i = 0; i < TASKS; i++) {
      partition.push(Task.of("task-" + i, ""));
    }
    for (String name : new String[] {"first", "second"}) {
      sim.process(
          name,
          queue ->
              queue
                  .partition("p")
                  .work(
                      task -> {
                        sim.point("working");
                        done.add(task.taskId());
                      },
                      WorkerOptions.defaults()));
    }
    sim.atEnd("each task is handled", () -> done.size() == TASKS);
  }
}
