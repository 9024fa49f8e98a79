// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.report.Ledger;
import java.nio.file.Files;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineTestKit;

class LedgerTest {

  @Test
  void aSuiteMayDiscardAFifthOfItsTries() {
    write("Few", 49, 49);
    write("Some", 50, 10);
    write("Many", 50, 11);

    assertThat(Ledger.hasTooManyDiscards("Few")).isFalse();
    assertThat(Ledger.hasTooManyDiscards("Some")).isFalse();
    assertThat(Ledger.hasTooManyDiscards("Many")).isTrue();
    assertThat(Ledger.hasTooManyDiscards("Never run")).isFalse();
  }

  private static void write(String suite, int tries, int discarded) {
    Ledger.Entry entry = new Ledger.Entry("LEASE-1");
    entry.tries = tries;
    entry.discarded = discarded;
    Ledger.write(suite, entry, "SUCCESSFUL");
  }

  /** Also of a suite of few rules. */
  @Test
  void theSummaryNamesTheHarmsThatAHarnessCannotDo() {
    Ledger.Entry entry = new Ledger.Entry("FAULT-1");
    entry.leaveOut(Exchange.PUSH, Harm.CUT_BEFORE);
    entry.leaveOut(Exchange.PUSH, Harm.CUT_BEFORE);
    Ledger.write("Humble", entry, "SUCCESSFUL");
    write("Able", 1, 0);

    assertThat(Ledger.summary("Humble"))
        .hasValueSatisfying(
            said ->
                assertThat(said)
                    .startsWith("Humble: 1 rules")
                    .endsWith("harms that were left out: {CUT_BEFORE=[PUSH]}"));
    assertThat(Ledger.summary("Able")).isEmpty();
  }

  static class LeavesOut extends InMemoryConformanceTest {}

  @Test
  void aRuleRecordsTheHarmsThatItsHarnessCannotDo() throws Exception {
    var property = Objects.requireNonNull(RuleIndex.properties().get("FAULT-1"));
    EngineTestKit.engine("jqwik")
        .selectors(selectMethod(LeavesOut.class, property))
        .configurationParameter("jqwik.database", "target/jqwik-database-of-mutants")
        .configurationParameter("jqwik.reporting.usejunitplatform", "true")
        .execute()
        .testEvents()
        .assertStatistics(tests -> tests.succeeded(1));
    assertThat(Files.readString(Ledger.directory().resolve("LeavesOut.tsv")))
        .contains("FAULT-1\tSUCCESSFUL")
        .contains("CUT_BEFORE=[PUSH], CUT_AFTER=[PUSH]");
  }
}
