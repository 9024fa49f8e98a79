// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/**
 * SIM-3 to SIM-5, SIM-7: the simulation detects and names actions of a test that it cannot control.
 */
class BehindTheBackTest {

  private static final WorkerOptions ONE = WorkerOptions.concurrency(1);

  private static final String SIMPLEST = "1::";

  /** The text of each fault in the log. */
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
        .hasMessageContaining(
            "seed 1: w/handler 1 blocks on something that the simulation does not know")
        .hasMessageContaining("CountDownLatch.await")
        .hasMessageContaining("BehindTheBackTest");
  }

  /** SIM-7, for each kind of call by the thread, whatever exception it gets. */
  @Test
  void aForeignThreadIsNamed() {
    assertThatThrownBy(
            () ->
                Simulation.run(
                    1,
                    sim -> {
                      Partition partition = sim.queue().partition("p");
                      Thread own = new Thread(() -> push(partition), "my-pool-1");
                      own.start();
                      own.join();
                    }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("thread \"my-pool-1\" does not belong to the simulation");
  }

  private static void push(Partition partition) {
    try {
      partition.push(Task.of("t", "x"));
    } catch (RuntimeException e) {
      // A thread pool would swallow the exception too.
    }
  }

  /** In a repeated history without decisions only the scheduler passes the turn. */
  @Test
  void aLoopThatPollsStarvesNoThreadInTheSimplestHistory() {
    boolean[] went = {false};
    Simulation.run(
        SimulationOptions.seeds(1).repeating(SIMPLEST),
        sim -> {
          went[0] = false;
          sim.actor("poller", () -> poll(sim, went));
          sim.actor("other", () -> went[0] = true);
        });
  }

  private static void poll(Simulation sim, boolean[] went) {
    for (int i = 0; i < 300 && !went[0]; i++) {
      sim.point("polling");
    }
    sim.check("the other one went on meanwhile", went[0]);
  }

  /** The condition is false only briefly. */
  @Test
  void aConditionIsCheckedAfterEachStep() {
    assertThatThrownBy(
            () ->
                Simulation.run(
                    1,
                    sim -> {
                      boolean[] wrong = {false};
                      sim.always("never wrong", () -> !wrong[0]);
                      wrong[0] = true;
                      sim.point("wrong for a moment");
                      wrong[0] = false;
                    }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("condition does not hold: never wrong");
  }

  @Test
  void aHistoryThatCannotBeRepeatedIsReported() {
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
        .hasMessageContaining("the simulation does not control");
    assertThat(many).hasSizeGreaterThan(1);
  }

  @Test
  void aPollingLoopStarvesNoThread() {
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

  /** SIM-5: each kind of fault happens, except excluded ones. */
  @Test
  void everyKindOfFaultHappens() {
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
