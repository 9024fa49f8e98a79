// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import dev.jetlane.Task;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report of a failed history, and its repetition. */
class ReportTest {

  private static final SimulationOptions OPTIONS =
      SimulationOptions.seeds(100).withFirstSeed(5).withTimeLimit(Duration.ofMinutes(5));

  private static FailedHistory failed(Simulation.Scenario scenario) {
    return Objects.requireNonNull(Run.of(OPTIONS, scenario).failed());
  }

  private static String report(SimulationOptions options, Simulation.Scenario scenario) {
    Throwable failure = catchThrowable(() -> Simulation.run(options, scenario));
    assertThat(failure).isInstanceOf(AssertionError.class);
    return String.valueOf(failure.getMessage());
  }

  /** A process that pulls, works and acks, and a condition that its work breaks. */
  private static void overdraws(Simulation sim) {
    sim.faults().none();
    sim.queue().partition("orders").push(Task.of("order-1", "30 EUR"));
    int[] account = {10};
    sim.process(
        "bank",
        queue -> {
          try (Puller puller = queue.partition("orders").puller()) {
            for (Delivery order : puller.pull(1, Duration.ofMinutes(1))) {
              account[0] -= 30;
              sim.point("charged");
              order.ack();
            }
          }
        });
    sim.atEnd("the account is not overdrawn", () -> account[0] >= 0);
  }

  @Test
  void theReportShowsTheShortestHistory() {
    Path page = Path.of("target/simulation/ReportTest.report.html").toAbsolutePath();
    assertThat(report(SimulationOptions.seeds(3), ReportTest::overdraws))
        .isEqualTo(
            """
            condition does not hold at the end: the account is not overdrawn
            seed 1, after 1 history
            The shortest history that was found:
            test                 +0s orders/order-1: stored
            bank                 +0s orders/order-1: leased to puller 1 until +120s (attempt 1)
            bank                 +0s: at charged
            bank                 +0s orders/order-1: acked (attempt 1)
            As a page: PAGE
            Repeat it: @SimulatedTest(repeat = "1::"), or SimulationOptions.seeds(1).repeating("1::")"""
                .replace("PAGE", page.toString()));
    assertThat(page).exists();
  }

  /** Such as in a container whose folder of sources cannot be written to. */
  @Test
  void aPageThatCannotBeWrittenHidesNoFailure(@TempDir Path folder) throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    System.setProperty("jetlane.simulation.reports", file.toString());
    try {
      assertThat(report(SimulationOptions.seeds(3), ReportTest::overdraws))
          .startsWith("condition does not hold at the end: the account is not overdrawn\nseed 1")
          .contains("\nAs a page: not written (", file.toString(), "repeat = \"1::\"");
    } finally {
      System.clearProperty("jetlane.simulation.reports");
    }
  }

  @Test
  void thePageIsDrawn() throws Exception {
    History history =
        new History(
            Script.parse("42:1k0=2:w"),
            new AssertionError("condition does not hold: a < b & \"c\"\nsecond line"),
            Map.of(),
            Map.of(),
            List.of("shop"),
            List.of(
                new LogLine("test", "+0s orders/order-1: stored"),
                new LogLine(
                    "shop", "+0s orders/order-1: leased to puller 1 until +10s (attempt 1)"),
                new LogLine("shop", "+1.5s: at " + "x".repeat(40)),
                new LogLine("shop", "+1.5s: at thirty-two characters, surely"),
                new LogLine("the clock", "+2s: fault: disconnected"),
                new LogLine("a very long name of a thread of a process", "+3s o/<1>: acked"),
                new LogLine("test", "+4s " + "y".repeat(40) + " z")));

    Path file = TimelinePage.write("Orders.are charged/once", history);

    assertThat(file)
        .isEqualTo(Path.of("target/simulation/Orders.are_charged_once.html").toAbsolutePath());
    assertThat(Files.readString(file))
        .isEqualTo(
            new String(
                Objects.requireNonNull(ReportTest.class.getResourceAsStream("timeline.html"))
                    .readAllBytes(),
                StandardCharsets.UTF_8));
  }

  @Test
  void theReportNamesTheSeedAndCountsTheHistories() {
    Simulation.Scenario scenario = sim -> sim.check("few", sim.upTo(1000) < 900);
    int played = Run.of(OPTIONS, scenario).played();
    assertThat(played).as("not the first one").isGreaterThan(1);
    assertThat(report(OPTIONS, scenario))
        .startsWith(
            "condition does not hold: few\nseed "
                + (4 + played)
                + ", after "
                + played
                + " histories\n");
  }

  @Test
  void aReportedHistoryCanBeRepeated() {
    Simulation.Scenario scenario =
        sim -> {
          int tasks = sim.upTo(1000);
          sim.process("shop", queue -> sim.check("few", tasks < 8));
        };
    Matcher repeat = Pattern.compile("repeating\\(\"(.*)\"\\)").matcher(report(OPTIONS, scenario));
    assertThat(repeat.find()).isTrue();
    SimulationOptions again = SimulationOptions.seeds(50).repeating(repeat.group(1));

    assertThat(report(again, scenario))
        .startsWith("condition does not hold: few\nseed ")
        .contains("after 1 history");
    int[] histories = {0};
    Simulation.run(again, sim -> histories[0]++);
    assertThat(histories[0]).isEqualTo(1);
  }

  @Test
  void numbersAreLowered() {
    assertThat(failed(sim -> sim.check("few", sim.upTo(1000) < 8)).shortest().made().values())
        .containsExactly(7);
    assertThat(failed(sim -> sim.check("few", sim.upTo(1000) < 40)).shortest().made().values())
        .singleElement()
        .isIn(39, 64, 48, 40);
  }

  @Test
  void needlessProcessesAndChoicesAreLeftOut() {
    FailedHistory failed =
        failed(
            sim -> {
              boolean tempted = sim.maybe();
              boolean rich = sim.maybe();
              sim.process("bystander", queue -> sim.point("looks " + rich));
              sim.process("thief", queue -> sim.check("nothing is stolen", !tempted));
            });

    assertThat(failed.shortest().script().left()).containsExactly("bystander");
    assertThat(failed.shortest().made()).hasSize(1);
    assertThat(failed.shortest().script().text()).endsWith(":bystander");
    assertThat(failed.shortest().text()).doesNotContain("looks");
  }

  /** A process stays if the history fails without it even in the simplest case. */
  @Test
  void aProcessThatIsMissedStays() {
    FailedHistory failed =
        failed(
            sim -> {
              boolean[] open = {false};
              boolean tempted = sim.maybe();
              sim.process("guard", queue -> open[0] = true);
              sim.process("thief", queue -> sim.point("waits"));
              sim.atEnd("fine", () -> open[0] && !tempted);
            });

    assertThat(failed.shortest().script().left()).containsExactly("thief");
  }

  @Test
  void theFirstDifferenceOfAHistoryThatChangesIsShown() {
    int[] runs = {0};
    assertThat(
            report(
                SimulationOptions.seeds(1),
                sim -> {
                  int run = ++runs[0];
                  sim.process(
                      "shop",
                      queue -> {
                        sim.point("begins");
                        sim.point("run " + run);
                      });
                  sim.atEnd("never", () -> false);
                }))
        .startsWith(
            "condition does not hold at the end: never\nseed 1, after 1 history\nThe same seed made")
        .endsWith(
            """
            The first difference:
            shop                 +0s: at run 2
            shop                 +0s: at run 3""");
  }

  @Test
  void aLongerRepetitionIsReported() {
    int[] runs = {0};
    assertThat(
            report(
                SimulationOptions.seeds(1),
                sim -> {
                  int run = ++runs[0];
                  sim.process(
                      "shop",
                      queue -> {
                        for (int i = 0; i < run; i++) {
                          sim.point("again");
                        }
                      });
                  sim.atEnd("never", () -> false);
                }))
        .endsWith("The first difference:\none is longer than the other");
  }

  /** Nothing else shows where it failed. */
  @Test
  void aFailureThatIsNotRepeatedIsReportedWithItsCause() {
    for (int passing = 2; passing <= 3; passing++) {
      int[] runs = {0};
      int passes = passing;
      assertThatThrownBy(
              () ->
                  Simulation.run(
                      SimulationOptions.seeds(1),
                      sim -> {
                        int run = ++runs[0];
                        sim.atEnd("fine", () -> run == passes);
                      }))
          .hasMessageEndingWith(
              "The first difference:\nthe events are the same, one result is"
                  + " \"condition does not hold at the end: fine\", the other one is"
                  + " \"all conditions held\"")
          .hasCauseInstanceOf(AssertionError.class);
    }
  }

  @Test
  void theTextOfAHistoryNamesItAgain() {
    for (String text :
        List.of("42", "-7", "42::", "42:1k0=2,9x1=1:", "1::a,b", "3:1k0=2:worker-1")) {
      assertThat(Script.parse(text).text()).isEqualTo(text);
    }
    assertThat(Script.parse("5:1k0=2").text()).isEqualTo("5:1k0=2:");
    assertThatThrownBy(() -> Script.parse("5:1k0")).hasMessageContaining("5:1k0");
  }

  /** A simpler history that fails in another way is not this failure. */
  @Test
  void theShortestHistoryFailsInTheSameWay() {
    FailedHistory failed =
        failed(
            sim -> {
              int tasks = sim.upTo(1000);
              sim.check("not too many", tasks < 500);
              sim.check("not as few", tasks < 3 || tasks > 20);
            });

    assertThat(failed.found().what()).isEqualTo("condition does not hold: not too many");
    assertThat(failed.shortest().what()).isEqualTo(failed.found().what());
    assertThat(failed.shortest().made().values())
        .singleElement()
        .satisfies(lowered -> assertThat(lowered).isBetween(499, 999));
  }

  /** One large number is simpler than two small ones. */
  @Test
  void fewDecisionsAreSimplerThanSmallOnes() {
    FailedHistory failed =
        failed(
            sim -> {
              int one = sim.upTo(14);
              int other = sim.upTo(14);
              sim.check("few", one < 14 && (one < 3 || other < 3));
            });

    assertThat(failed.shortest().made().values()).containsExactly(13);
  }

  /** Two failures of one build need two pages. */
  @Test
  void thePageOfASimulationHasTheNameOfItsTest() {
    assertThatThrownBy(ReportTest::simulationThatFails)
        .hasMessageContaining("ReportTest.simulationThatFails.html");
    assertThatThrownBy(ReportTest::otherSimulationThatFails)
        .hasMessageContaining("ReportTest.otherSimulationThatFails.html");
  }

  private static void simulationThatFails() {
    Simulation.run(1, sim -> sim.check("never", false));
  }

  private static void otherSimulationThatFails() {
    Simulation.run(SimulationOptions.seeds(1), sim -> sim.check("never", false));
  }

  /** The folder need not exist, and a later page of the same name replaces the first one. */
  @Test
  void pagesAreWrittenIntoTheFolderOfTheProperty(@TempDir Path folder) throws Exception {
    String property = "jetlane.simulation.reports";
    @Nullable String before = System.getProperty(property);
    System.setProperty(property, folder.resolve("new/reports").toString());
    try {
      for (String what : List.of("first failure", "second failure")) {
        History history =
            new History(
                Script.of(1), new AssertionError(what), Map.of(), Map.of(), List.of(), List.of());
        Path page = TimelinePage.write("a page", history);
        assertThat(page).isEqualTo(folder.resolve("new/reports/a_page.html").toAbsolutePath());
        assertThat(Files.readString(page)).contains("<pre>" + what + "</pre>");
      }
    } finally {
      if (before == null) {
        System.clearProperty(property);
      } else {
        System.setProperty(property, before);
      }
    }
  }
}
