package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.conformance.report.Ledger;
import org.junit.jupiter.api.Test;

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
}
