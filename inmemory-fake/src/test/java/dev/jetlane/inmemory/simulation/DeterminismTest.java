package dev.jetlane.inmemory.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.WorkerOptions;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** SIM-1: the same seed makes the same history, in every JDK and on every machine. */
class DeterminismTest {

  /**
   * Of the logs of a thousand histories. It changes when the fake, the worker or the simulation
   * behaves in another way, and must then be the same on JDK 17 and 25.
   */
  private static final String LOGS = "?";

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

  @Test
  void theSameSeedMakesTheSameHistory() throws Exception {
    List<String> first = Run.logs(OPTIONS, DeterminismTest::shop);
    List<String> second = Run.logs(OPTIONS, DeterminismTest::shop);
    assertThat(second).isEqualTo(first);
    assertThat(first).doesNotHaveDuplicates().allMatch(log -> log.contains("acked"));
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (String log : first) {
      digest.update(log.getBytes(StandardCharsets.UTF_8));
    }
    assertThat(HexFormat.of().formatHex(digest.digest())).isEqualTo(LOGS);
  }
}
