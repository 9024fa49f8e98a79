package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.lang.reflect.Method;
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
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** The proof that the suite can fail: every broken queue is caught, by the rule that it breaks. */
class MutantsTest {

  private static final Path DOCUMENT = Path.of("MUTANTS.md");
  private static final String PATIENCE = "jetlane.conformance.patienceMillis";
  private static final List<MutantTable.Row> ROWS = new ArrayList<>();

  static List<Mutant> mutants() {
    return Mutants.all();
  }

  /** Some mutants never answer; in virtual time a queue that does answers at once. */
  @BeforeAll
  static void losePatience() {
    System.setProperty(PATIENCE, "700");
  }

  @ParameterizedTest
  @MethodSource("mutants")
  void isCaught(Mutant mutant) {
    Method property = RuleIndex.properties().get(mutant.rule());
    assertThat(property).as("property of %s", mutant.rule()).isNotNull();
    MutantSuite.MUTANT.set(mutant);
    List<Throwable> failures;
    try {
      failures =
          EngineTestKit.engine("jqwik")
              .selectors(selectMethod(MutantSuite.class, property))
              .configurationParameter("jqwik.tries.default", "100")
              .configurationParameter("jqwik.database", "target/jqwik-database-of-mutants")
              .configurationParameter("jqwik.reporting.usejunitplatform", "true")
              .execute()
              .testEvents()
              .failed()
              .stream()
              .map(MutantsTest::failure)
              .toList();
    } finally {
      MutantSuite.MUTANT.remove();
    }
    assertThat(failures).as("%s survived", mutant).hasSize(1);
    assertThat(failures.get(0)).isInstanceOf(RuleViolation.class);
    RuleViolation violation = (RuleViolation) failures.get(0);
    assertThat(violation.rule()).as(violation.getMessage()).isEqualTo(mutant.rule());
    ROWS.add(MutantTable.Row.of(mutant, violation));
  }

  private static Throwable failure(Event event) {
    return event
        .getPayload(TestExecutionResult.class)
        .flatMap(TestExecutionResult::getThrowable)
        .orElseThrow();
  }

  @Test
  void everyRuleCanFail() {
    Set<String> broken = mutants().stream().map(Mutant::rule).collect(Collectors.toSet());
    Set<String> neverFailed = new TreeSet<>(RuleIndex.properties().keySet());
    neverFailed.removeAll(broken);
    // What loses a task breaks the rule of how it was lost before its loss is counted.
    assertThat(neverFailed).as("rules that no mutant breaks").containsExactly("STATS-4");
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
