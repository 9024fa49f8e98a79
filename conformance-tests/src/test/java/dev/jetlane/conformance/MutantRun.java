// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.jetlane.conformance.run.RuleViolation;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Objects;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** Runs the property of one rule on one broken queue. */
final class MutantRun {

  /** A property about a race finds it in nearly every run, because the scheduler decides. */
  private static final int RUNS = 3;

  private MutantRun() {}

  /** Returns the finding of the property; fails if several runs find nothing. */
  static RuleViolation of(Mutant mutant, String rule) {
    Method property =
        Objects.requireNonNull(
            RuleIndex.properties().get(rule), () -> "no property is about " + rule);
    MutantSuite.runsOn(mutant);
    List<Throwable> failures = List.of();
    for (int run = 0; run < RUNS && failures.isEmpty(); run++) {
      failures = failuresOf(property);
      Shrinking.awaitEnd();
    }
    assertThat(failures).as("%s survived %s runs", mutant, RUNS).hasSize(1);
    assertThat(failures.get(0)).isInstanceOf(RuleViolation.class);
    return (RuleViolation) failures.get(0);
  }

  private static List<Throwable> failuresOf(Method property) {
    return EngineTestKit.engine("jqwik")
        .selectors(selectMethod(MutantSuite.class, property))
        .configurationParameter("jqwik.tries.default", "100")
        .configurationParameter("jqwik.database", "target/jqwik-database-of-mutants")
        .configurationParameter("jqwik.shrinking.bounded.seconds", "2")
        .configurationParameter("jqwik.reporting.usejunitplatform", "true")
        .execute()
        .testEvents()
        .failed()
        .stream()
        .map(MutantRun::failure)
        .toList();
  }

  private static Throwable failure(Event event) {
    return event
        .getPayload(TestExecutionResult.class)
        .flatMap(TestExecutionResult::getThrowable)
        .orElseThrow();
  }
}
