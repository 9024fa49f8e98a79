// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.simulation.SimulationFaults.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What belongs to one process of a simulation, and not to another one or to the test. */
@Timeout(60)
class SimulatedProcessesTest {

  private static final SimulationOptions OPTIONS =
      SimulationOptions.seeds(50).withTimeLimit(Duration.ofMinutes(5));

  /** Together they fail more often than one process may. */
  @Test
  void theFailedStartsOfAProcessAreItsOwn() {
    Simulation.run(
        SimulationOptions.seeds(3),
        sim -> {
          sim.faults().none();
          long start = sim.clock().millis();
          List<Long> shop = new ArrayList<>();
          List<Long> bank = new ArrayList<>();
          sim.process("shop", queue -> failFifteenTimes(shop, sim.clock().millis() - start));
          sim.process("bank", queue -> failFifteenTimes(bank, sim.clock().millis() - start));
          sim.atEnd("both are started as often", () -> shop.size() == 16 && shop.equals(bank));
          sim.atEnd(
              "the pauses grow",
              () -> bank.subList(0, 4).equals(List.of(0L, 1_000L, 3_000L, 7_000L)));
        });
  }

  private static void failFifteenTimes(List<Long> starts, long millis) {
    starts.add(millis);
    if (starts.size() <= 15) {
      throw new IllegalStateException("no database");
    }
  }

  @Test
  void aProcessMayFailTwentyTimes() {
    Simulation.run(
        1,
        sim -> {
          sim.faults().none();
          int[] starts = {0};
          sim.process(
              "shop",
              queue -> {
                if (++starts[0] <= 20) {
                  throw new IllegalStateException("no database");
                }
              });
          sim.atEnd("it runs at last", () -> starts[0] == 21);
        });
  }

  /** A point of the test itself is no event of the history. */
  @Test
  void pointsAreLoggedForThreadsOfTheTestAndOfProcesses() {
    List<String> logs =
        Run.logs(
            OPTIONS,
            sim -> {
              sim.faults().none();
              sim.point("described");
              sim.actor("clerk", () -> sim.point("written"));
              sim.process("shop", queue -> sim.point("sold"));
            });
    assertThat(logs)
        .allMatch(log -> log.contains("clerk                +0s: at written"))
        .allMatch(log -> log.contains("shop                 +0s: at sold"))
        .noneMatch(log -> log.contains("at described"));
  }

  /** Otherwise two threads of a report would have one name. */
  @Test
  void theHandlersOfAProcessAreNumberedThroughItsCrashes() {
    Pattern handler = Pattern.compile("(?m)^(worker/handler \\d+) ");
    int compared = 0;
    for (String log : Run.logs(OPTIONS, SimulatedProcessesTest::handleThree)) {
      Set<String> earlier = new HashSet<>();
      for (String life : log.split(": worker is started again", -1)) {
        Set<String> names =
            handler.matcher(life).results().map(found -> found.group(1)).collect(toSet());
        assertThat(names).as(log).noneMatch(earlier::contains);
        compared += earlier.isEmpty() || names.isEmpty() ? 0 : 1;
        earlier.addAll(names);
      }
    }
    assertThat(compared).as("lives with handlers after another one").isPositive();
  }

  private static void handleThree(Simulation sim) {
    sim.faults().only(Kind.CRASH).atMost(2);
    for (int i = 0; i < 3; i++) {
      sim.queue().partition("p").push(Task.of("t" + i, "work"));
    }
    sim.process(
        "worker",
        queue ->
            queue
                .partition("p")
                .work(
                    task -> {
                      sim.point("handling " + task.taskId());
                      sim.point("handled");
                    },
                    WorkerOptions.concurrency(1)));
  }

  /** A machine that was started again has a right clock, and no other process has its jumps. */
  @Test
  void aJumpMovesTheClockOfOneProcessUntilItsCrash() {
    Set<Long> seen = new HashSet<>();
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().only(Kind.CLOCK_JUMP).atMost(1);
          long start = sim.clock().millis();
          for (String name : List.of("one", "two")) {
            sim.process(
                name,
                queue -> {
                  sim.point("may jump");
                  seen.add(sim.clock().millis() - start);
                });
          }
          sim.sleep(Duration.ofSeconds(1));
          sim.check("the clock of the test", sim.clock().millis() == start + 1_000);
        });
    assertThat(seen).as("jumps").contains(0L, 3_600_000L, -3_600_000L).hasSizeBetween(4, 5);
  }

  /** The stack of the thread, without the frames of the scheduler. */
  @Test
  void aThreadThatWaitsInVainIsShownWithItsOwnStack() {
    Throwable failure =
        catchThrowable(
            () ->
                Simulation.run(
                    1,
                    sim -> {
                      sim.faults().none();
                      sim.actor("waiter", SimulatedProcessesTest::waitInVain);
                    }));
    assertThat(failure.getCause())
        .hasMessageContaining("waiter waits for an event that cannot happen:\n    at ")
        .hasMessageContaining("SimulatedProcessesTest.waitInVain");
    assertThat(Objects.requireNonNull(failure.getCause()).getMessage())
        .doesNotContain("simulation.Scheduler.")
        .doesNotContain("simulation.Carrier.");
  }

  private static void waitInVain() throws InterruptedException {
    Scheduler scheduler = (Scheduler) Objects.requireNonNull(Carrier.currentActor()).runner;
    scheduler.await(new Object(), false);
  }

  /** Its threads only unwind then, also those of crashed processes. */
  @Test
  void nothingFailsAHistoryThatHasEnded() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().none();
          sim.process(
              "worker",
              queue -> {
                try {
                  queue.partition("p").puller().pull(1, Duration.ofHours(1));
                } finally {
                  sim.check("never", false);
                }
              });
        });
  }

  /** The alarm of a close is in real time, on a thread that no simulation knows. */
  @Test
  void aWorkerMayCloseWithAShortDeadline() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().none();
          for (int i = 0; i < 20; i++) {
            TaskQueue queue = sim.queue();
            WorkerOptions options =
                WorkerOptions.concurrency(1).withCloseDeadline(Duration.ofMillis(i % 2));
            Worker worker =
                queue.partition("p").work(task -> sim.sleep(Duration.ofHours(1)), options);
            queue.partition("p").push(Task.of("task-" + i, ""));
            sim.sleep(Duration.ofSeconds(1));
            worker.close();
          }
        });
  }

  @Test
  void namesOfProcessesAreListedInTheTextOfAHistory() {
    for (String name : List.of("", "a,b")) {
      assertThatThrownBy(() -> Simulation.run(1, sim -> sim.process(name, queue -> {})))
          .rootCause()
          .hasMessageContaining("must not be empty, nor contain a comma");
    }
  }

  @Test
  void aFailureIsNamedByItsFirstLine() {
    Map<Throwable, String> names =
        Map.of(
            new AssertionError("one\ntwo"), "one",
            new AssertionError("one"), "one",
            new AssertionError("\nExpected"), "Expected",
            new AssertionError(""), "java.lang.AssertionError: ",
            new NoSuchElementException(), "java.util.NoSuchElementException");
    names.forEach(
        (failure, name) -> {
          History history =
              new History(Script.of(1), failure, Map.of(), Map.of(), List.of(), List.of());
          assertThat(history.what()).isEqualTo(name);
          assertThat(history.failed()).isTrue();
        });
    History passed = new History(Script.of(1), null, Map.of(), Map.of(), List.of(), List.of());
    assertThat(passed.what()).isEmpty();
    assertThat(passed.failed()).isFalse();
  }

  @Test
  void aSleepOfNoTimeEndsAtTheSameInstant() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().none();
          long before = sim.clock().millis();
          sim.sleep(Duration.ZERO);
          sim.check("no time has passed", sim.clock().millis() == before);
        });
  }

  @Test
  void theObjectsOfAHistoryAreTheSameAtEachCall() {
    List<Object> servers = new ArrayList<>();
    Simulation.run(
        SimulationOptions.seeds(3),
        sim -> {
          TaskQueue client = sim.queue();
          InMemoryServer server = sim.server();
          SimulationFaults faults = sim.faults();
          sim.check("one client of the test", sim.queue() == client);
          sim.check("one server", sim.server() == server);
          sim.check("the same faults", sim.faults() == faults);
          servers.add(sim.server());
          sim.process("shop", queue -> sim.check("a client of its own", queue != sim.queue()));
        });
    assertThat(servers).hasSize(3).doesNotHaveDuplicates();
  }
}
