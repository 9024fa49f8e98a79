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

/** The same seed makes the same history. */
class DeterminismTest {

  private static final SimulationOptions OPTIONS =
      SimulationOptions.seeds(1000)
          .withConfig(QueueConfig.defaults().withLease(Duration.ofSeconds(10)));

  /** Two workers, ten tasks, three faults. */
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
                  .work(delivery -> sim.point("charged"), WorkerOptions.concurrency(2)));
    }
    sim.always("there are at most ten tasks", () -> sim.server().tasks("orders").size() <= 10);
    sim.atEnd("all is done", () -> sim.server().tasks("orders").isEmpty());
  }

  @Test
  void theSameSeedMakesTheSameHistory() throws Exception {
    List<String> first = Run.logs(OPTIONS, DeterminismTest::shop);
    List<String> second = Run.logs(OPTIONS, DeterminismTest::shop);
    assertThat(second).isEqualTo(first);
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (String log : first) {
      digest.update(log.getBytes(StandardCharsets.UTF_8));
    }
    System.out.println(first.get(0));
    System.out.println(first.get(7));
    System.out.println(HexFormat.of().formatHex(digest.digest()));
    for (int i = 0; i < 10; i++) {
    long t = System.nanoTime();
    Run run = Run.of(SimulationOptions.seeds(5000).withConfig(QueueConfig.defaults().withLease(Duration.ofSeconds(10))), DeterminismTest::shop);
    System.out.println(run.played() + " in " + (System.nanoTime() - t) / 1e9);
    }
    run();
  }
  void run() { Run.of(OPTIONS, DeterminismTest::shop).orThrow(); }
}
