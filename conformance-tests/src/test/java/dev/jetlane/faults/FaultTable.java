// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.faults;

import dev.jetlane.faults.FaultRun.Outcome;
import dev.jetlane.faults.FaultRun.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The results of the faults at their last run, as a document with a row per fault. */
final class FaultTable {

  private static final Pattern ROW = Pattern.compile("\\| ([a-z0-9-]+) \\| .* \\|");
  private static final Pattern KILLER = Pattern.compile("([A-Z]+-\\d+ |[^:]+: ).*");

  private final Path root;
  private final List<String> all;
  private final Map<String, String> rows = new TreeMap<>();

  private FaultTable(Path root, List<String> all) {
    this.root = root;
    this.all = all;
  }

  /** Returns the current table, without the faults that no longer exist. */
  static FaultTable read(Path root) throws IOException {
    List<String> ids = Faults.all(root).stream().map(Fault::id).toList();
    FaultTable table = new FaultTable(root, ids);
    if (Files.exists(table.document())) {
      for (String line : Files.readAllLines(table.document())) {
        Matcher row = ROW.matcher(line);
        if (row.matches() && ids.contains(row.group(1))) {
          table.rows.put(row.group(1), line);
        }
      }
    }
    return table;
  }

  void put(Fault fault, Result result) {
    rows.put(
        fault.id(),
        "| "
            + String.join(
                " | ", fault.id(), "`" + fault.file() + "`", fault.effect(), verdict(result))
            + " |");
  }

  private static String verdict(Result result) {
    if (result.outcome() != Outcome.KILLED) {
      return "**" + result.outcome() + "**";
    }
    Matcher killer = KILLER.matcher(result.detail());
    return killer.matches() ? killer.group(1).replaceAll(":? $", "") : result.detail();
  }

  void write() throws IOException {
    long killed = rows.values().stream().filter(row -> !row.contains("| **")).count();
    List<String> lines = new ArrayList<>();
    lines.add("# Faults in the source");
    lines.add("");
    lines.add(
        "Each file of [faults](faults) changes one place of the source so that it still compiles,"
            + " and names the tests that must notice the change. `.ci/faults` runs the tests and"
            + " writes this table. The last column is the rule or the test that failed first.");
    lines.add("The count covers only these faults.");
    lines.add("");
    lines.add(killed + " of " + rows.size() + " are killed." + untried());
    lines.add("");
    lines.add("| fault | where | what it does | killed by |");
    lines.add("|---|---|---|---|");
    lines.addAll(rows.values());
    Files.write(document(), lines);
  }

  private String untried() {
    List<String> ids = all.stream().filter(id -> !rows.containsKey(id)).toList();
    return ids.isEmpty() ? "" : " Not tried on today's code: " + String.join(", ", ids) + ".";
  }

  private Path document() {
    return root.resolve("conformance-tests/FAULTS.md");
  }
}
