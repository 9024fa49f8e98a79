package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** The proof that the suite can fail: every broken queue is caught, by the rule that it breaks. */
class MutantsTest {

  private static final List<String> TABLE = new ArrayList<>();

  static List<Mutant> mutants() {
    return Mutants.all();
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
    TABLE.add(mutant.rule() + "\t" + mutant.fault() + "\t" + shown(violation));
  }

  private static Throwable failure(Event event) {
    return event
        .getPayload(org.junit.platform.engine.TestExecutionResult.class)
        .flatMap(org.junit.platform.engine.TestExecutionResult::getThrowable)
        .orElseThrow();
  }

  private static String shown(RuleViolation violation) {
    return String.valueOf(violation.getMessage()).lines().findFirst().orElse("");
  }

  @AfterAll
  static void writeTable() throws Exception {
    Path file = Ledger.directory().resolve("mutants.tsv");
    Files.createDirectories(Ledger.directory());
    Files.write(file, TABLE);
  }
}
