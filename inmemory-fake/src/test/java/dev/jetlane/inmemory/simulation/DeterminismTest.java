// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.WorkerOptions;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** SIM-1: the same seed makes the same history, in every JDK and on every machine. */
class DeterminismTest {

  /**
   * The hash of the logs of a thousand histories. It changes when the behavior of the fake or of
   * the simulation changes, and must then be the same on JDK 17 and 25.
   */
  private static final String LOGS =
      "e78dad91e486947451b7caae4893aa479ce3696835210c95f6c3e27040f16427";

  static final SimulationOptions OPTIONS =
      SimulationOptions.seeds(1000)
          .withTimeLimit(Duration.ofMinutes(10))
          .withConfig(QueueConfig.defaults().withLease(Duration.ofSeconds(10)));

  /** Two workers, ten tasks, up to three faults. */
  static void shop(Simulation sim) {
    Partition orders = sim.queue().partition("orders");
    for (int i = 1; i <= 10; i++) {
      orders.push(Task.of("order-" + i, "30 EUR"));
    }
    for (int i = 1; i <= 2; i++) {
      sim.process(
          "worker-" + i,
          queue ->
              queue
                  .partition("orders")
                  .work(
                      order -> {
                        sim.point("charged");
                        if (order.attempt() == 1 && order.taskId().endsWith("7")) {
                          throw new IllegalStateException("again");
                        }
                      },
                      WorkerOptions.concurrency(2)));
    }
    sim.atEnd("all is done", () -> sim.server().tasks("orders").isEmpty());
  }

  /**
   * Programs that use pullers, so that the hash does not depend on the implementation of workers.
   */
  private static void pullers(Simulation sim) {
    Partition jobs = sim.queue().partition("jobs");
    for (int i = sim.upTo(5); i > 0; i--) {
      jobs.push(Task.of("job-" + i, "work"));
    }
    for (int i = 1; i <= 2; i++) {
      sim.process("puller-" + i, queue -> pullAll(sim, queue));
    }
  }

  private static void pullAll(Simulation sim, TaskQueue queue) throws Exception {
    try (Puller puller = queue.partition("jobs").puller()) {
      while (true) {
        for (Delivery job : puller.pull(2, Duration.ofMinutes(1))) {
          sim.point("working");
          sim.sleep(Duration.ofMillis(10));
          job.ack();
        }
      }
    }
  }

  @Test
  void theSameSeedMakesTheSameHistory() {
    List<String> first = Run.logs(OPTIONS, DeterminismTest::shop);
    List<String> second = Run.logs(OPTIONS, DeterminismTest::shop);
    assertThat(second).isEqualTo(first);
    assertThat(first).allMatch(log -> log.contains("acked"));
    assertThat(Set.copyOf(first).size()).as("different histories of 1,000").isGreaterThan(900);
  }

  @Test
  void everyJdkAndMachineMakesTheSameHistories() throws Exception {
    List<String> logs = Run.logs(OPTIONS, DeterminismTest::pullers);
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (String log : logs) {
      digest.update(log.getBytes(StandardCharsets.UTF_8));
    }
    assertThat(HexFormat.of().formatHex(digest.digest())).isEqualTo(LOGS);
  }
}
