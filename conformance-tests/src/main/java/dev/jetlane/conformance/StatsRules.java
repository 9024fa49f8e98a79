package dev.jetlane.conformance;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The accounts, after each step of any plan and at its end. */
interface StatsRules extends Rules {

  @Property(edgeCases = EdgeCasesMode.NONE)
  @Label("STATS-1 The count of ready tasks MUST be exact after every step")
  default void readyIsExact(@ForAll("anything") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  @Label("STATS-2 The count of outstanding tasks MUST be exact after every step")
  default void outstandingIsExact(@ForAll("anything") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  @Label(
      "STATS-4 Under any interleaving every pushed task MUST end acked or dead, none lost, none twice")
  default void nothingIsLost(@ForAll("anything") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Provide
  default Arbitrary<Batch> anything() {
    return rules().batches(RandomPlans.any(40));
  }
}
