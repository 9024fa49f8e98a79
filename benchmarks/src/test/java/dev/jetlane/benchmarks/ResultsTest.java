// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The measurements are stored in files, and the page shows the content of the files. */
class ResultsTest {

  private final Standings bars = new Standings(StandingsTest.contest());
  private final Standings lines =
      new Standings(
          Contests.sweep(Sweep.PULLERS, Storage.FILE, 1L, 8L).with("note", "a \"<b>\" & c"));
  private final Report report =
      new Report("pull", Surroundings.of("nats-server, a < b", "java -jar"), List.of(bars, lines));

  @TempDir private Path folder;

  ResultsTest() {
    for (int round = 0; round < 3; round++) {
      bars.add(measurement("JNATS_FETCH", round, 1_000));
      bars.add(measurement("SOCKET", round, 1_500 + round));
      for (Entry entry : lines.contest().entries()) {
        lines.add(measurement(entry.name(), round, 77_000 + round));
      }
    }
    bars.fail(PullRival.JNATS_CONSUME.entry(), "said \"<no>\"\n");
  }

  @Test
  void jsonIsReadAsWritten() throws Exception {
    String json = Json.of(report);

    Report read = Json.read(json);

    assertThat(Json.of(read)).isEqualTo(json);
    assertThat(read.text()).isEqualTo(report.text());
    assertThat(read.standings().get(1).contest()).isEqualTo(lines.contest());
  }

  @Test
  void pageShowsEveryNumberOfTheTables() throws Exception {
    String page = Page.of(List.of(report));

    for (Standings standings : report.standings()) {
      for (List<String> row : Table.rows(standings)) {
        row.forEach(cell -> assertThat(page).contains(">" + cell + "<"));
      }
    }
    assertThat(page)
        .contains("1.50")
        .contains("77,001")
        .contains("nats-server, a &lt; b")
        .contains("FAILED JNATS_CONSUME: said \"&lt;no&gt;\"")
        .contains("\"kind\": \"bars\"")
        .contains("\"label\": \"socket limit\", \"median\": 1.501")
        .contains("\"kind\": \"lines\"")
        .contains("\"x\": 8, \"median\": 77001.0");
  }

  @Test
  void pageNeedsNothingElse() throws Exception {
    assertThat(Page.of(List.of(report)))
        .contains("Chart.js")
        .doesNotContain("{{")
        .doesNotContain("src=")
        .doesNotContain("<link")
        .doesNotContain("sourceMappingURL");
  }

  @Test
  void sectionsOfSeveralRunsAreCombined() throws Exception {
    Results results = new Results(folder);
    results.write(report);
    results.write(new Report("latency", Map.of(), List.of(bars)));
    results.write(new Report("pull", Map.of(), List.of(lines)));

    assertThat(results.read()).extracting(Report::section).containsExactly("pull", "latency");
    assertThat(results.read().get(0).standings()).hasSize(1);
    assertThat(Files.readString(results.table()))
        .contains(lines.contest().title())
        .contains(bars.contest().title());
    assertThat(Files.readString(results.page())).contains(lines.contest().title());
    assertThat(folder.resolve("pull.jmh.json")).exists();
  }

  @Test
  void aFileThatIsNoReportIsNamed() throws Exception {
    Results results = new Results(folder);
    Files.writeString(folder.resolve("pull.json"), "{}");

    assertThatIOException().isThrownBy(results::read).withMessageContaining("pull.json");
  }

  @Test
  void sectionsAreFoundByTheirNames() {
    List<String> labels = new ArrayList<>();
    for (Section section : Section.values()) {
      labels.add(section.label());
      assertThat(Section.of(section.label())).isEqualTo(section);
      assertThat(section.contests()).isNotEmpty();
    }
    assertThat(labels).doesNotHaveDuplicates().contains("partitions-2-10");
  }

  private static Measurement measurement(String entry, int round, double tasksPerSecond) {
    return new Measurement(
        entry, round, Map.of(Metric.THROUGHPUT, tasksPerSecond, Metric.SERVER_CPU, 8.25));
  }
}
