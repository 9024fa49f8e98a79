// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import static dev.jetlane.inmemory.simulation.HistoryTest.OPTIONS;
import static dev.jetlane.inmemory.simulation.HistoryTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Task;
import dev.jetlane.WorkerOptions;
import dev.jetlane.inmemory.InMemoryServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** SIM-9: the threads of a history: their interrupts, races and ends. */
class ThreadsTest {

  @Test
  void noThreadGoesOnAfterAFailure() {
    List<String> after = new ArrayList<>();
    assertFails(
        sim -> {
          for (String name : List.of("one", "two")) {
            sim.actor(
                name,
                () -> {
                  sim.check("never", false);
                  after.add(name);
                });
          }
          sim.point("waits");
          sim.sleep(Duration.ofSeconds(1));
          after.add("test");
        },
        "condition does not hold: never");
    assertThat(after).isEmpty();
  }

  /** It is an error, so that code that catches exceptions does not continue. */
  @Test
  void theEndOfAHistoryIsNotCaughtAsAnException() {
    List<Exception> caught = new ArrayList<>();
    assertFails(
        sim -> {
          try {
            sim.check("never", false);
          } catch (RuntimeException e) {
            caught.add(e);
          }
        },
        "condition does not hold: never");
    assertThat(caught).isEmpty();
  }

  @Test
  void noThreadIsLeft() {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    Simulation.run(
        SimulationOptions.seeds(20),
        sim -> {
          sim.queue().partition("p").push(Task.of("t", "x"));
          sim.actor("sleeper", () -> sim.sleep(Duration.ofDays(9)));
          for (String name : List.of("one", "two")) {
            sim.process(
                name,
                queue ->
                    queue
                        .partition("p")
                        .work(task -> sim.sleep(Duration.ofDays(9)), WorkerOptions.concurrency(3)));
          }
        });
    long giveUp = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (Thread.getAllStackTraces().keySet().stream()
        .anyMatch(
            thread ->
                !before.contains(thread) && thread.getName().startsWith("jetlane-simulation"))) {
      assertThat(System.nanoTime()).as("threads end").isLessThan(giveUp);
      Thread.onSpinWait();
    }
  }

  @Test
  void aThreadThatCatchesEverythingIsLeftAlone() {
    Simulation.run(
        1,
        sim ->
            sim.actor(
                "stubborn",
                () -> {
                  while (true) {
                    try {
                      sim.sleep(Duration.ofDays(1));
                    } catch (Throwable e) {
                      // Also catches the error that ends the thread.
                    }
                  }
                }));
  }

  /** The other thread interrupts while this one is ready, but has no turn. */
  @Test
  void anInterruptOfAThreadWithoutATurnIsKept() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().none();
          Thread[] busy = new Thread[1];
          boolean[] sent = {false};
          boolean[] seen = {false};
          boolean[] over = {false};
          sim.actor(
              "busy",
              () -> {
                busy[0] = Thread.currentThread();
                for (int i = 0; i < 50 && !seen[0]; i++) {
                  sim.point("working");
                  seen[0] = Thread.currentThread().isInterrupted();
                }
                over[0] = true;
                boolean unused = Thread.interrupted();
              });
          sim.actor(
              "other",
              () -> {
                for (int i = 0; i < 20 && busy[0] == null; i++) {
                  sim.point("looks for it");
                }
                if (busy[0] != null && !over[0]) {
                  sent[0] = true;
                  busy[0].interrupt();
                }
              });
          sim.atEnd("the interrupt is seen", () -> seen[0] == sent[0]);
        });
  }

  /** The thread that ran one actor may run the next one. */
  @Test
  void anInterruptDoesNotReachTheNextThread() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().none();
          sim.actor("first", () -> Thread.currentThread().interrupt());
          sim.sleep(Duration.ofSeconds(1));
          sim.actor(
              "second",
              () -> sim.check("not interrupted", !Thread.currentThread().isInterrupted()));
        });
  }

  @Test
  void anInterruptBeforeASleepEndsIt() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().none();
          long before = sim.clock().millis();
          Thread.currentThread().interrupt();
          boolean ended = false;
          try {
            sim.sleep(Duration.ofHours(1));
          } catch (InterruptedException e) {
            ended = true;
          }
          sim.check("it ends immediately", ended && sim.clock().millis() == before);
          sim.check("once", !Thread.currentThread().isInterrupted());
        });
  }

  @Test
  void ofTwoThreadsThatCancelATaskOneSucceeds() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().none();
          sim.queue().partition("p").push(Task.of("later", "x").withDelay(Duration.ofHours(1)));
          List<Boolean> cancelled = new ArrayList<>();
          for (String name : List.of("one", "two", "three")) {
            sim.actor(name, () -> cancelled.add(sim.queue().partition("p").cancel("later")));
          }
          sim.atEnd(
              "one cancels it",
              () -> cancelled.size() == 3 && cancelled.stream().filter(won -> won).count() == 1);
        });
  }

  @Test
  void anExecutorRunsOnThreadsOfItsProcess() {
    List<String> logs =
        Run.logs(
            SimulationOptions.seeds(20),
            sim -> {
              sim.faults().none();
              sim.process("shop", queue -> sim.executor().execute(() -> sim.point("sold")));
              sim.executor().execute(() -> sim.point("tested"));
            });
    assertThat(logs)
        .allMatch(log -> log.lines().anyMatch("shop/task            +0s: at sold"::equals))
        .allMatch(log -> log.lines().anyMatch("test/task            +0s: at tested"::equals));
  }

  @Test
  void aForeignThreadThatReadsTheServerIsNamed() {
    assertFails(
        sim -> {
          var server = sim.server();
          Thread own = new Thread(() -> read(server), "my-pool-1");
          own.start();
          own.join();
        },
        "thread \"my-pool-1\" does not belong to the simulation");
  }

  private static void read(InMemoryServer server) {
    try {
      server.tasks("p");
    } catch (RuntimeException e) {
      // A thread pool would swallow the exception too.
    }
  }
}
