// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.report.Ledger;
import dev.jetlane.conformance.run.RuleViolation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The results of the broken queues for readers: a file of values, and the table of MUTANTS.md. */
final class MutantTable {

  /** The test does not write the text after this line of MUTANTS.md. */
  private static final String END = "<!-- end of the table -->";

  /**
   * How a mutant was caught.
   *
   * @param steps of the shrunk plan, or a dash where the rule is code and not plans
   * @param finding the message of the rule
   */
  record Row(Mutant mutant, String steps, String finding) {

    static Row of(Mutant mutant, RuleViolation violation) {
      List<String> lines = String.valueOf(violation.getMessage()).lines().toList();
      long steps = lines.stream().filter(line -> line.matches(" {2}[ \\d]\\d .*")).count();
      String finding = lines.get(0).substring(mutant.rule().length() + 2);
      return new Row(mutant, steps == 0 ? "-" : String.valueOf(steps), finding);
    }

    private String tabbed() {
      return String.join("\t", mutant.rule(), mutant.fault(), steps, finding);
    }

    private String markdown() {
      String shown = finding.length() > 110 ? finding.substring(0, 109) + "…" : finding;
      return "| "
          + String.join(" | ", mutant.rule(), mutant.fault(), steps, shown.replace("|", "\\|"))
          + " |";
    }
  }

  private MutantTable() {}

  static void write(List<Row> rows) throws IOException {
    Path file = Ledger.directory().resolve("mutants.tsv");
    Files.createDirectories(Ledger.directory());
    Files.write(file, rows.stream().map(Row::tabbed).toList());
    System.out.println("MutantsTest: " + rows.size() + " mutants caught, listed in " + file);
  }

  /** Writes the rows into MUTANTS.md and keeps the text after the table. */
  static void writeDocument(Path file, List<Row> rows) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("# The proof that the rules can fail");
    lines.add("");
    lines.add(
        "Each queue below has one fault, which the property of its rule finds (`MutantsTest`, in"
            + " seconds, in every build).");
    lines.add(
        "The steps are those of the smallest failing plan; a dash stands for a rule without"
            + " plans.");
    lines.add("");
    lines.add("| rule | fault | steps | caught because |");
    lines.add("|---|---|---|---|");
    rows.forEach(row -> lines.add(row.markdown()));
    lines.add("");
    lines.add(END);
    List<String> old = Files.exists(file) ? Files.readAllLines(file) : List.of();
    lines.addAll(old.subList(old.indexOf(END) + 1, old.indexOf(END) < 0 ? 0 : old.size()));
    Files.write(file, lines);
  }

  /** The rules and faults that MUTANTS.md names, as they are shown by {@link Mutant#toString}. */
  static List<String> documented(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .takeWhile(line -> !line.equals(END))
        .filter(line -> line.matches("\\| [A-Z]+-\\d+ .*"))
        .map(line -> Arrays.asList(line.split(" *\\| *")))
        .map(cells -> cells.get(1) + ": " + cells.get(2))
        .toList();
  }
}
