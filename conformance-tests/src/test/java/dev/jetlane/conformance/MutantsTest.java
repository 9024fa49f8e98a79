// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.conformance.run.RuleViolation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The proof that each rule can fail: the rule that a broken queue breaks catches it. */
class MutantsTest {

  private static final Path DOCUMENT = Path.of("MUTANTS.md");
  private static final String PATIENCE = "jetlane.conformance.patienceMillis";
  private static final List<MutantTable.Row> ROWS = new ArrayList<>();

  static List<Mutant> mutants() {
    return Mutants.all();
  }

  /** Some mutants never answer; in virtual time a correct queue answers immediately. */
  @BeforeAll
  static void shortenTheTimeLimit() {
    System.setProperty(PATIENCE, "700");
  }

  @ParameterizedTest
  @MethodSource("mutants")
  void isCaught(Mutant mutant) {
    RuleViolation violation = MutantRun.of(mutant, mutant.rule());
    if (!breaks(violation, mutant.rule())) {
      // The first random plan that failed broke another rule, and only that one.
      violation = MutantRun.of(mutant, mutant.rule());
    }
    assertThat(breaks(violation, mutant.rule()))
        .as("%s breaks %s: %s", mutant, mutant.rule(), violation.getMessage())
        .isTrue();
    ROWS.add(MutantTable.Row.of(mutant, violation));
  }

  /** A random plan may break several rules; its violation has the name of the first. */
  private static boolean breaks(RuleViolation violation, String rule) {
    return violation.rule().equals(rule)
        || String.valueOf(violation.getMessage())
            .lines()
            .anyMatch(line -> line.startsWith(rule + " at event "));
  }

  @Test
  void everyRuleCanFail() {
    Set<String> broken = mutants().stream().map(Mutant::rule).collect(Collectors.toSet());
    Set<String> neverFailed = new TreeSet<>(RuleIndex.properties().keySet());
    neverFailed.removeAll(broken);
    neverFailed.removeAll(Mutants.ONLY_ON_A_SERVER);
    assertThat(neverFailed).as("rules that no mutant breaks").isEmpty();
    assertThat(mutants()).hasSizeGreaterThanOrEqualTo(40);
  }

  @Test
  void areDocumented() throws Exception {
    if (!Boolean.getBoolean("jetlane.writeMutants")) {
      assertThat(MutantTable.documented(DOCUMENT))
          .as("mutants in %s; it is written with -Djetlane.writeMutants=true", DOCUMENT)
          .containsExactlyElementsOf(mutants().stream().map(Mutant::toString).toList());
    }
  }

  @AfterAll
  static void writeTable() throws Exception {
    System.clearProperty(PATIENCE);
    MutantTable.write(ROWS);
    if (Boolean.getBoolean("jetlane.writeMutants")) {
      MutantTable.writeDocument(DOCUMENT, ROWS);
    }
  }
}
