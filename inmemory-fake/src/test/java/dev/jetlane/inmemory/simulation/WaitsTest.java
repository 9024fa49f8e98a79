// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import static dev.jetlane.inmemory.simulation.HistoryTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Puller;
import dev.jetlane.Task;
import dev.jetlane.inmemory.simulation.SimulationFaults.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What ends a wait of a simulated thread, and what a thread sees after it. */
@Timeout(60)
class WaitsTest {

  private static final SimulationOptions OPTIONS =
      SimulationOptions.seeds(100).withTimeLimit(Duration.ofMinutes(5));

  @Test
  void theSleepAfterAnInterruptedOneLastsForItsTime() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().none();
          Thread[] sleeper = new Thread[1];
          long start = sim.clock().millis();
          List<String> woke = new ArrayList<>();
          sim.actor(
              "sleeper",
              () -> {
                sleeper[0] = Thread.currentThread();
                for (int i = 0; i < 2; i++) {
                  String how = "slept";
                  try {
                    sim.sleep(Duration.ofHours(1));
                  } catch (InterruptedException e) {
                    how = "interrupted";
                    sim.check("the flag is cleared", !Thread.currentThread().isInterrupted());
                  }
                  woke.add(how + " until " + (sim.clock().millis() - start));
                }
              });
          sim.sleep(Duration.ofSeconds(1));
          sleeper[0].interrupt();
          sim.atEnd(
              "woke twice",
              () -> woke.equals(List.of("interrupted until 1000", "slept until 3601000")));
        });
  }

  /** As in a slow thread of the JDK: the interrupt is noticed by the next wait. */
  @Test
  void anInterruptOfASlowThreadIsKept() {
    AtomicInteger interrupted = new AtomicInteger();
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().only(Kind.SLOW_THREAD).atMost(1);
          Thread[] slow = new Thread[1];
          boolean[] over = {false};
          boolean[] sent = {false};
          boolean[] seen = {false};
          sim.process(
              "shop",
              queue -> {
                slow[0] = Thread.currentThread();
                sim.point("may be slow");
                over[0] = true;
                seen[0] = Thread.interrupted();
              });
          sim.sleep(Duration.ofMillis(500));
          if (slow[0] != null && !over[0]) {
            sent[0] = true;
            interrupted.incrementAndGet();
            slow[0].interrupt();
          }
          sim.atEnd("the interrupt is seen", () -> seen[0] == sent[0]);
        });
    assertThat(interrupted.get()).as("histories with a slow thread").isPositive();
  }

  @Test
  void aThreadThatWaitsInVainIsNamed() {
    assertFails(
        sim -> {
          sim.faults().none();
          sim.actor("waiter", () -> scheduler().await(new Object(), false));
        },
        "waiter waits for an event that cannot happen");
  }

  private static Scheduler scheduler() {
    return (Scheduler) Objects.requireNonNull(Carrier.currentActor()).runner;
  }

  @Test
  void callsThatWaitInRealTimeAreRefused() {
    assertFails(
        sim -> {
          sim.server().faults().slowExchanges(Duration.ofSeconds(1));
          sim.queue().partition("p");
        },
        "slowExchanges is not available in a simulation");
    assertFails(
        sim -> sim.server().awaitWorkers(1), "awaitWorkers is not available in a simulation");
  }

  /** A second condition with the same description does not replace the first one. */
  @Test
  void conditionsWithTheSameDescriptionAreAllChecked() {
    for (int wrong = 0; wrong < 3; wrong++) {
      int one = wrong;
      assertFails(
          sim -> {
            for (int i = 0; i < 3; i++) {
              boolean holds = i != one;
              sim.atEnd("the account is not overdrawn", () -> holds);
            }
          },
          "condition does not hold at the end: the account is not overdrawn");
      assertFails(
          sim -> {
            for (int i = 0; i < 3; i++) {
              boolean holds = i != one;
              sim.always("the account is not overdrawn", () -> holds);
            }
            sim.point("somewhere");
          },
          "condition does not hold: the account is not overdrawn");
    }
  }

  /** The histories go on in the background, unless the interrupt of the test ends them. */
  @Test
  void anInterruptOfTheTestIsKeptAndEndsTheSimulation() throws InterruptedException {
    AtomicInteger begun = new AtomicInteger();
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    Thread test = Thread.currentThread();
    try {
      assertThatThrownBy(
              () ->
                  Simulation.run(
                      SimulationOptions.seeds(Integer.MAX_VALUE),
                      sim -> {
                        if (begun.incrementAndGet() == 10) {
                          test.interrupt();
                        }
                      }))
          .isInstanceOf(AssertionError.class)
          .hasMessage("interrupted while a simulation ran");
    } finally {
      assertThat(Thread.interrupted()).as("the interrupt flag").isTrue();
    }
    awaitEndOf("jetlane-simulation-main", before);
  }

  private static void awaitEndOf(String thread, Set<Thread> before) {
    long giveUp = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (Thread.getAllStackTraces().keySet().stream()
        .anyMatch(each -> !before.contains(each) && each.getName().equals(thread))) {
      assertThat(System.nanoTime()).as("%s ends", thread).isLessThan(giveUp);
      Thread.onSpinWait();
    }
  }

  /** The log of the server has its latest 4096 events only. */
  @Test
  void theEventsOfALongHistoryBelongToTheirThreads() {
    String log =
        Run.logs(
                SimulationOptions.seeds(1),
                sim -> {
                  sim.faults().none();
                  for (String name : List.of("a", "b")) {
                    sim.actor(
                        name,
                        () -> {
                          for (int i = 0; i < 3_000; i++) {
                            sim.queue().partition("p").push(Task.of(name + "-" + i, "x"));
                          }
                        });
                  }
                })
            .get(0);
    List<String> lines = log.lines().filter(line -> line.contains(": stored")).toList();
    assertThat(lines).hasSize(4096);
    assertThat(lines)
        .allMatch(line -> line.matches("([ab]) +\\+\\S+s p/\\1-\\d+: stored"))
        .anyMatch(line -> line.startsWith("a "))
        .anyMatch(line -> line.startsWith("b "));
  }

  /** A server stores a delivery within 250 ms. */
  @Test
  void aCrashOfTheServerForgetsTheDeliveriesOfAQuarterOfASecond() {
    Pattern crash =
        Pattern.compile(
            "leased to .*\\n(?:.*at working\\n)*.*\\+(\\S+)s: fault: crash\\n(.*forgotten)?");
    Set<Boolean> seen = new HashSet<>();
    for (String log : Run.logs(OPTIONS, WaitsTest::pullsSlowly)) {
      Matcher found = crash.matcher(log);
      if (found.find()) {
        boolean forgotten = found.group(2) != null;
        assertThat(forgotten).as(log).isEqualTo(Double.parseDouble(found.group(1)) < 0.25);
        seen.add(forgotten);
      }
    }
    assertThat(seen).as("crashes before and after the delivery was stored").hasSize(2);
  }

  private static void pullsSlowly(Simulation sim) {
    sim.faults().only(Kind.SERVER_CRASH).atMost(1);
    sim.queue().partition("p").push(Task.of("t", "work"));
    sim.process(
        "worker",
        queue -> {
          try (Puller puller = queue.partition("p").puller()) {
            for (var task : puller.pull(1, Duration.ofSeconds(1))) {
              for (int i = 0; i < 10; i++) {
                sim.sleep(Duration.ofMillis(100));
                sim.point("working");
              }
              task.release();
            }
          }
        });
  }
}
