package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.lang.reflect.Method;
import java.util.List;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** Runs the property of one rule on one broken queue. */
final class MutantRun {

  private MutantRun() {}

  /** What the property found; fails if it found nothing. */
  static RuleViolation of(Mutant mutant, String rule) {
    Method property = RuleIndex.properties().get(rule);
    assertThat(property).as("property of %s", rule).isNotNull();
    MutantSuite.runsOn(mutant);
    List<Throwable> failures =
        EngineTestKit.engine("jqwik")
            .selectors(selectMethod(MutantSuite.class, property))
            .configurationParameter("jqwik.tries.default", "100")
            .configurationParameter("jqwik.database", "target/jqwik-database-of-mutants")
            .configurationParameter("jqwik.shrinking.bounded.seconds", "5")
            .configurationParameter("jqwik.reporting.usejunitplatform", "true")
            .execute()
            .testEvents()
            .failed()
            .stream()
            .map(MutantRun::failure)
            .toList();
    assertThat(failures).as("%s survived", mutant).hasSize(1);
    assertThat(failures.get(0)).isInstanceOf(RuleViolation.class);
    return (RuleViolation) failures.get(0);
  }

  private static Throwable failure(Event event) {
    return event
        .getPayload(TestExecutionResult.class)
        .flatMap(TestExecutionResult::getThrowable)
        .orElseThrow();
  }
}
