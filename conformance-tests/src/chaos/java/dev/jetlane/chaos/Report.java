// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The report of a run: the table, and the errors. */
final class Report {

  private static final int SHOWN = 20;

  private final Map<String, String> rows = new LinkedHashMap<>();
  private final List<String> problems = new ArrayList<>();

  Report(String title, Settings settings, String version) {
    row("run", title);
    row("server", version);
    row("sync_interval", settings.sync());
    row("seed", Long.toString(settings.seed()));
  }

  void row(String name, String value) {
    rows.put(name, value);
  }

  void row(String name, long value) {
    row(name, Long.toString(value));
  }

  void require(boolean held, String problem) {
    if (!held) {
      problems.add(problem);
    }
  }

  /** Judges a history: the total queue, the invariants, and the remaining tasks. */
  void judge(Run run, Remains left) {
    TotalQueue total = TotalQueue.check(run);
    Invariants invariants = new Invariants(run, ChaosQueues.LEASE.toNanos() / 1_000).check();
    row("attempts", total.attempts());
    row("confirmed", total.confirmed());
    row("lost", total.lost().size());
    row("unexpected", total.unexpected().size());
    row("recovered", total.recovered());
    row("duplicated", total.duplicated());
    row("deliveries", total.deliveries());
    row("delivered after a confirmed ack", invariants.afterAck);
    row("- forgotten by a crash", invariants.afterAckForgotten);
    row("- confirmed at most, before the crash", invariants.forgottenAtMostMicros / 1_000 + " ms");
    row("- stored again after a restart", invariants.afterAckStoredAgain);
    row("- in flight already", invariants.afterAckRaced);
    row("- without explanation", count(invariants.violations, "I4"));
    row("lease broken (I5)", count(invariants.violations, "I5"));
    row("attempt twice (I6)", count(invariants.violations, "I6"));
    row("delayed task early (I10)", count(invariants.violations, "I10"));
    row("late ack reported as in time (I11)", count(invariants.violations, "I11"));
    row("settled, and back in the stream", left.stored().size());
    run.faultCounts().forEach((fault, count) -> row(fault, count));
    require(
        total.valid(), "lost " + some(total.lost()) + ", unexpected " + some(total.unexpected()));
    require(invariants.violations.isEmpty(), some(invariants.violations));
    require(left.isDrained(), "left in the queue: " + left);
    List<String> undone = left.stored().stream().filter(id -> !TotalQueue.isDone(run, id)).toList();
    require(undone.isEmpty(), "left in the stream and not done: " + some(undone));
    require(total.confirmed() > 0, "nothing was pushed");
  }

  boolean isGreen() {
    return problems.isEmpty();
  }

  /** Returns a Markdown table, with the problems below it. */
  String text() {
    String table =
        rows.entrySet().stream()
            .map(row -> "| " + row.getKey() + " | " + row.getValue() + " |")
            .collect(Collectors.joining("\n"));
    return "| | |\n| --- | --- |\n" + table + "\n" + String.join("\n", problems) + "\n";
  }

  /** Writes the report beside the history; a failed run also keeps the server's store. */
  void finish(Path folder, List<Path> stores) {
    try {
      Files.writeString(folder.resolve("report.md"), text());
      if (!isGreen()) {
        for (int i = 0; i < stores.size(); i++) {
          copy(stores.get(i), folder.resolve("store-" + i));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (isGreen()) {
      System.out.println(text());
    } else {
      throw new AssertionError(
          "the history, the logs and the store are in " + folder + "\n" + text());
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    }
  }

  private static long count(List<String> violations, String invariant) {
    return violations.stream().filter(each -> each.startsWith(invariant)).count();
  }

  private static String some(List<String> all) {
    return all.size() + ": " + all.stream().limit(SHOWN).collect(Collectors.joining(", "));
  }
}
