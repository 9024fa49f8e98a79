// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueConfig;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Task;
import dev.jetlane.WorkerOptions;
import dev.jetlane.inmemory.simulation.SimulationFaults.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** SIM-5: how long faults last, and what they stop. */
class FaultTimesTest {

  private static final SimulationOptions OPTIONS =
      SimulationOptions.seeds(200)
          .withTimeLimit(Duration.ofMinutes(5))
          .withConfig(QueueConfig.defaults().withLease(Duration.ofSeconds(10)));

  /** Longer than the lease, half of it, longer than two, and very short. */
  private static final Set<Duration> AWHILE =
      Set.of(
          Duration.ofSeconds(11),
          Duration.ofSeconds(5),
          Duration.ofSeconds(21),
          Duration.ofMillis(1));

  private static List<String> shopWith(Kind kind, int most) {
    return Run.logs(
        OPTIONS,
        sim -> {
          sim.faults().only(kind).atMost(most);
          DeterminismTest.shop(sim);
        });
  }

  private static Set<Duration> found(List<String> logs, String pattern) {
    Pattern compiled = Pattern.compile(pattern);
    return logs.stream()
        .flatMap(log -> compiled.matcher(log).results())
        .map(match -> Duration.parse(match.group(1)))
        .collect(Collectors.toSet());
  }

  private static Duration time(String seconds) {
    return Duration.parse("PT" + seconds + "S");
  }

  /**
   * Returns the times from a fault to its end. Meanwhile no thread of its process logs anything.
   *
   * @param begins has a group for the time and, if a process is concerned, one for its name
   * @param ends the text of the end; {@code NAME} is the process
   */
  private static Set<Duration> lasted(List<String> logs, String begins, String ends) {
    Set<Duration> lasted = new TreeSet<>();
    for (String log : logs) {
      Matcher begin = Pattern.compile(begins).matcher(log);
      if (!begin.find()) {
        continue;
      }
      String name = begin.groupCount() > 1 ? begin.group(2) : "no process";
      Matcher end = Pattern.compile("\\+(\\S+)s: " + ends.replace("NAME", name)).matcher(log);
      assertThat(end.find(begin.end())).as(log).isTrue();
      assertThat(log.substring(begin.end(), log.lastIndexOf('\n', end.start())).lines())
          .noneMatch(line -> line.startsWith(name));
      lasted.add(time(end.group(1)).minus(time(begin.group(1))));
    }
    return lasted;
  }

  @Test
  void aSlowThreadIsSlowForATimeThatIsCriticalForALease() {
    assertThat(found(shopWith(Kind.SLOW_THREAD, 3), " is slow, for (\\S+)")).isEqualTo(AWHILE);
  }

  @Test
  void aPauseEndsAfterItsTime() {
    List<String> logs = shopWith(Kind.PROCESS_PAUSE, 1);
    assertThat(found(logs, " stands still for (\\S+)")).isEqualTo(AWHILE);
    assertThat(lasted(logs, "\\+(\\S+)s: fault: (\\S+) stands still for \\S+", "NAME continues"))
        .isEqualTo(AWHILE);
  }

  @Test
  void aCrashedProcessStartsAgainAfterItsTime() {
    List<String> logs = shopWith(Kind.CRASH, 1);
    assertThat(lasted(logs, "\\+(\\S+)s: fault: (\\S+) crashes, at .*", "NAME is started again"))
        .isEqualTo(AWHILE);
  }

  @Test
  void aConnectionReturnsAfterItsTime() {
    List<String> logs = shopWith(Kind.DISCONNECT, 1);
    assertThat(lasted(logs, "\\+(\\S+)s: fault: disconnected", "fault: reconnected"))
        .isEqualTo(AWHILE);
  }

  @Test
  void aLostConnectionIsNotLostAgain() {
    for (String log : shopWith(Kind.DISCONNECT, 10)) {
      List<String> changes =
          Pattern.compile("s: fault: (dis|re)connected\n")
              .matcher(log)
              .results()
              .map(match -> match.group(1))
              .toList();
      for (int i = 0; i < changes.size(); i++) {
        assertThat(changes.get(i)).isEqualTo(i % 2 == 0 ? "dis" : "re");
      }
    }
  }

  @Test
  void clocksJumpForwardsAndBackwards() {
    assertThat(found(shopWith(Kind.CLOCK_JUMP, 3), " jumps by (\\S+)"))
        .containsExactlyInAnyOrder(
            Duration.ofHours(1), Duration.ofHours(-1), Duration.ofSeconds(-1), Duration.ofDays(1));
  }

  @Test
  void lostRequestsAreCountedAsFaults() {
    for (Kind kind : List.of(Kind.REQUEST_LOST, Kind.CONFIRMATION_LOST, Kind.DUPLICATE)) {
      int most =
          shopWith(kind, 2).stream()
              .mapToInt(log -> (int) log.lines().filter(line -> line.contains("fault: ")).count())
              .max()
              .orElseThrow();
      assertThat(most).as(kind.toString()).isEqualTo(2);
    }
  }

  @Test
  void excludedFaultsDoNotHappen() {
    List<String> none =
        Run.logs(
            OPTIONS,
            sim -> {
              sim.faults().none();
              DeterminismTest.shop(sim);
            });
    assertThat(none).noneMatch(log -> log.contains("fault: "));
    List<String> onlyCrashes =
        Run.logs(
            OPTIONS,
            sim -> {
              sim.faults().only(Kind.CRASH, Kind.SLOW_THREAD).without(Kind.SLOW_THREAD);
              DeterminismTest.shop(sim);
            });
    assertThat(onlyCrashes).anyMatch(log -> log.contains(" crashes, at "));
    assertThat(onlyCrashes).noneMatch(log -> log.contains(" is slow"));
  }

  /** Takes a minute, which is six leases. */
  private static void longTask(Simulation sim, Kind... kinds) {
    sim.faults().only(kinds).atMost(1);
    sim.queue().partition("p").push(Task.of("t", "work"));
    WorkerOptions kept = WorkerOptions.concurrency(1).withKeepFor(Duration.ofHours(1));
    for (String name : List.of("one", "two")) {
      sim.process(
          name,
          queue ->
              queue
                  .partition("p")
                  .work(
                      task -> {
                        for (int i = 0; i < 6; i++) {
                          sim.sleep(Duration.ofSeconds(10));
                        }
                      },
                      kept));
    }
  }

  @Test
  void aStalledOrCrashedProcessDoesNotKeepItsLeases() {
    for (Kind kind : List.of(Kind.PROCESS_PAUSE, Kind.CRASH)) {
      assertThat(Run.logs(OPTIONS, sim -> longTask(sim, kind)))
          .as(kind.toString())
          .anyMatch(log -> log.contains("lease ended (attempt 1)"))
          .allMatch(log -> log.contains("acked"));
    }
  }

  /** Each belongs to the thread that made it. */
  @Test
  void eachExtensionIsAnEventOfItsOwn() {
    for (String log : Run.logs(OPTIONS, FaultTimesTest::longTask)) {
      assertThat(log).doesNotContain("lease ended").doesNotContain(" times, last at ");
      assertThat(log.lines().filter(line -> line.contains("lease extended until")).count())
          .isGreaterThan(5);
    }
  }

  private static void failing(Simulation sim) {
    sim.faults().none();
    sim.queue().partition("p").push(Task.of("t", "work"));
    RetryPolicy jittered = RetryPolicy.fixed(Duration.ofMinutes(1)).withJitter(0.5);
    sim.process(
        "worker",
        queue ->
            queue
                .partition("p")
                .work(
                    task -> {
                      throw new IllegalStateException("corrupt image");
                    },
                    WorkerOptions.concurrency(1).withRetryPolicy(jittered.givingUpAfter(2))));
  }

  @Test
  void theJitterOfRetriesDependsOnTheSeed() {
    List<String> logs = Run.logs(OPTIONS, FaultTimesTest::failing);
    Set<String> delays = new TreeSet<>();
    for (String log : logs) {
      Matcher delay = Pattern.compile("given back for later until \\+(\\S+)s").matcher(log);
      assertThat(delay.find()).isTrue();
      assertThat(time(delay.group(1))).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(60));
      delays.add(delay.group(1));
    }
    assertThat(delays).hasSizeGreaterThan(150);
    assertThat(Run.logs(OPTIONS, FaultTimesTest::failing)).isEqualTo(logs);
  }

  @Test
  void failuresOfHandlersArePartOfTheHistory() {
    assertThat(Run.logs(OPTIONS, FaultTimesTest::failing))
        .allMatch(
            log ->
                log.lines()
                    .anyMatch(
                        line -> line.contains("s: worker: ") && line.contains("corrupt image")));
  }
}
