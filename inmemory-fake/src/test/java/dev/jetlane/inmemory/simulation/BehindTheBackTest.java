package dev.jetlane.inmemory.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Task;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** SIM-3 to SIM-5: what a test does behind the back of a simulation is named. */
class BehindTheBackTest {

  private static final WorkerOptions ONE = WorkerOptions.concurrency(1);

  /** How each fault is shown. */
  private static final Map<SimulationFaults.Kind, String> TEXTS =
      Map.of(
          SimulationFaults.Kind.CRASH, " crashes, at ",
          SimulationFaults.Kind.CONFIRMATION_LOST, "ACK confirmation lost",
          SimulationFaults.Kind.REQUEST_LOST, "ACK lost",
          SimulationFaults.Kind.DUPLICATE, "delivery duplicated",
          SimulationFaults.Kind.DISCONNECT, "fault: disconnected",
          SimulationFaults.Kind.SERVER_CRASH, "fault: crash",
          SimulationFaults.Kind.SLOW_THREAD, " is slow, for ",
          SimulationFaults.Kind.PROCESS_PAUSE, " stands still for ",
          SimulationFaults.Kind.CLOCK_JUMP, " jumps by ");

  @Test
  void aHandlerThatBlocksIsNamedWithItsStack() {
    CountDownLatch never = new CountDownLatch(1);
    assertThatThrownBy(
            () ->
                Simulation.run(
                    1,
                    sim -> {
                      sim.queue().partition("p").push(Task.of("t", "x"));
                      sim.process("w", q -> q.partition("p").work(d -> never.await(), ONE));
                    }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("w/handler 1 blocks on something that the simulation does not know")
        .hasMessageContaining("CountDownLatch.await")
        .hasMessageContaining("BehindTheBackTest");
  }

  @Test
  void aThreadThatIsNoneOfTheSimulationsIsNamed() {
    ExecutorService pool = Executors.newSingleThreadExecutor(r -> new Thread(r, "my-pool"));
    try {
      assertThatThrownBy(
              () ->
                  Simulation.run(
                      1,
                      sim -> {
                        sim.faults().none();
                        sim.queue().partition("p").push(Task.of("t", "x"));
                        sim.process(
                            "w", q -> q.partition("p").work(d -> {}, ONE.withExecutor(pool)));
                        sim.actor("clock", () -> waitFor(sim));
                      }))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("thread \"my-pool\" is none of the simulation's");
    } finally {
      pool.shutdownNow();
    }
  }

  /** Goes on until the other thread has failed the history. */
  private static void waitFor(Simulation sim) throws Exception {
    while (true) {
      sim.sleep(Duration.ofMillis(1));
      Thread.sleep(1);
    }
  }

  @Test
  void aHistoryThatCannotBeRepeatedIsSaid() {
    Random random = new Random();
    List<String> many = new ArrayList<>();
    assertThatThrownBy(
            () ->
                Simulation.run(
                    1,
                    sim -> {
                      sim.process("p" + random.nextInt(), q -> sim.point("somewhere"));
                      sim.atEnd("never", () -> !many.add("x"));
                    }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("behind the back of the simulation");
    assertThat(many).hasSizeGreaterThan(1);
  }

  @Test
  void aLoopThatPollsStarvesNobody() {
    boolean[] stop = {false};
    Simulation.run(
        100,
        sim -> {
          stop[0] = false;
          sim.actor(
              "poller",
              () -> {
                while (!stop[0]) {
                  sim.queue().partition("p").stats();
                }
              });
          sim.actor("other", () -> stop[0] = true);
          sim.atEnd("the other one went on", () -> stop[0]);
        });
  }

  @Test
  void aLoopThatPollsLetsTimePass() {
    Simulation.run(
        10,
        sim -> {
          boolean[] stop = {false};
          sim.actor(
              "sleeper",
              () -> {
                sim.sleep(Duration.ofSeconds(1));
                stop[0] = true;
              });
          while (!stop[0]) {
            sim.queue().partition("p").stats();
          }
        });
  }

  /** SIM-5: each fault comes, and none that is excluded. */
  @Test
  void everyKindOfFaultComes() {
    for (SimulationFaults.Kind kind : SimulationFaults.Kind.values()) {
      List<String> logs =
          Run.logs(
              SimulationOptions.seeds(100),
              sim -> {
                sim.faults().only(kind);
                DeterminismTest.shop(sim);
              });
      String all = String.join("\n", logs);
      for (SimulationFaults.Kind other : SimulationFaults.Kind.values()) {
        assertThat(all.contains(TEXTS.get(other)))
            .as(kind + " alone: " + other)
            .isEqualTo(kind == other);
      }
    }
  }
}
