// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.conformance.plain.BrokenSettlements;
import dev.jetlane.conformance.plain.PlainHarness;
import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.run.RuleRun;
import dev.jetlane.conformance.run.RuleViolation;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A plan shrinks only while it breaks the same rule. */
class ShrinkingTest {

  /**
   * A queue that counts wrongly in every plan (STATS-1), and loses a task in this one (STATS-4).
   */
  private static final Batch TWO_FINDINGS = new Batch(List.of(losing()));

  /** The finding of a smaller plan that only pushes. */
  private static final Batch OTHER_FINDING = new Batch(List.of(new Script().push(1).plan()));

  @Test
  void theRuleOfThePropertyComesFirst() {
    RuleRun run = run("STATS-4");

    assertBroken(run, TWO_FINDINGS, "STATS-4");
    assertThatCode(() -> run.check(OTHER_FINDING)).doesNotThrowAnyException();
    assertBroken(run, TWO_FINDINGS, "STATS-4");
  }

  @Test
  void otherwiseTheFirstFoundRuleIsKept() {
    RuleRun run = run("STATS-3");

    assertBroken(run, OTHER_FINDING, "STATS-1");
    assertBroken(run, TWO_FINDINGS, "STATS-1");
  }

  @Test
  void theNextPropertyStartsAgain() {
    RuleRun run = run("STATS-4");
    assertBroken(run, TWO_FINDINGS, "STATS-4");

    run.begin("STATS-1");

    assertBroken(run, OTHER_FINDING, "STATS-1");
  }

  private static void assertBroken(RuleRun run, Batch batch, String rule) {
    assertThatThrownBy(() -> run.check(batch))
        .isInstanceOfSatisfying(
            RuleViolation.class, violation -> assertThat(violation.rule()).isEqualTo(rule));
  }

  private static Plan losing() {
    return new Script().push(2).pull(2).nak(0).plan();
  }

  private static RuleRun run(String rule) {
    RuleRun run =
        new RuleRun(
            () ->
                BrokenHarness.of(
                    new PlainHarness(BrokenSettlements::nakLosesTheTask),
                    Layers.ofPartition(BrokenPartitions::readyIsOneLess)),
            1,
            "ShrinkingTest");
    run.begin(rule);
    return run;
  }
}
