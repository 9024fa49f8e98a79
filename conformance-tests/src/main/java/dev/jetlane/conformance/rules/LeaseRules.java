// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.EXPIRY_DURING_PULLS;
import static net.jqwik.api.Arbitraries.integers;

import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Rules of leases, extended or not, for their holder and for other workers. */
public interface LeaseRules extends Rules {

  @Property
  @Requires(EXPIRY_DURING_PULLS)
  @Label("LEASE-1 A leased task MUST NOT be delivered to another holder before its lease " + "ends")
  default void isExclusive(@ForAll("earlyPulls") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("LEASE-2 A task whose lease expired unsettled MUST be delivered again")
  default void comesBack(@ForAll("expiredLeases") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("LEASE-3 Every delivery MUST have a full lease, not the rest of an earlier one")
  default void startsAnew(@ForAll("secondLeases") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("LEASE-4 A fresh delivery MUST report its whole lease as remaining")
  default void isFullAtFirst(@ForAll("expiredLeases") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "LEASE-5 A delivery MUST report the remaining time of its lease, and zero after " + "its end")
  default void countsDown(@ForAll("watchedLeases") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "EXTEND-1 An extended task MUST NOT be delivered until a whole lease has passed since "
          + "the extension")
  default void extensionHolds(@ForAll("extensions") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("EXTEND-2 An extension MUST restart the lease from now, not add to it")
  default void extensionEnds(@ForAll("extensions") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("EXTEND-3 An extension MUST NOT count as an attempt")
  default void extensionIsNoAttempt(@ForAll("extensions") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("EXTEND-4 After an extension the delivery MUST report its whole lease as remaining")
  default void extensionIsSeen(@ForAll("extensions") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("EXTEND-5 An extension of a settled delivery MUST return false")
  default void settledIsNotExtended(@ForAll("extensionsOfSettled") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "EXTEND-6 An extension within the lease MUST succeed, regardless of the number of "
          + "earlier extensions")
  default void extensionsRepeat(@ForAll("manyExtensions") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Provide
  default Arbitrary<Batch> earlyPulls() {
    return rules()
        .batches(
            Combinators.combine(integers().between(1, 3), integers().between(0, 8))
                .as(
                    (tasks, ticks) ->
                        new Script(Settings.PLAIN.with(1, 2, 2))
                            .push(tasks)
                            .pull(9)
                            .advance(ticks)
                            .pullBy(1, 9)
                            .advanceUpTo(10 - ticks)
                            .pullBy(1, 9)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> expiredLeases() {
    return rules()
        .batches(
            Combinators.combine(integers().between(1, 3), integers().between(0, 3))
                .as(
                    (tasks, early) ->
                        new Script(Settings.PLAIN.with(1, 2, 2))
                            .push(tasks)
                            .pull(9)
                            .advance(early)
                            .expire()
                            .pullBy(1, 9)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> secondLeases() {
    return rules()
        .batches(
            Combinators.combine(integers().between(0, 6), integers().between(0, 8))
                .as(
                    (held, early) ->
                        new Script()
                            .push(1)
                            .pull(1)
                            .advance(held)
                            .nak(0)
                            .pull(1)
                            .advance(early)
                            .pull(1)
                            .advanceUpTo(10 - early)
                            .pull(1)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> watchedLeases() {
    return rules()
        .batches(
            integers()
                .between(0, 8)
                .map(
                    ticks ->
                        new Script().push(2).pull(2).advance(ticks).ack(0).expire().ack(1).plan()));
  }

  @Provide
  default Arbitrary<Batch> extensions() {
    return rules()
        .batches(
            Combinators.combine(integers().between(1, 8), integers().between(2, 8))
                .as(
                    (held, early) ->
                        new Script()
                            .push(1)
                            .pull(1)
                            .advance(held)
                            .extend(0)
                            .advanceUpTo(early)
                            .pull(1)
                            .advanceUpTo(10 - early)
                            .pull(1)
                            .advancePast(2)
                            .pull(1)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> extensionsOfSettled() {
    return rules()
        .batches(
            integers()
                .between(0, 2)
                .map(
                    settlement -> {
                      Script script = new Script().push(1).pull(1);
                      if (settlement == 0) {
                        script.ack(0);
                      } else if (settlement == 1) {
                        script.nak(0);
                      } else {
                        script.nakLater(0, 3);
                      }
                      return script.extend(0).pull(1).plan();
                    }));
  }

  @Provide
  default Arbitrary<Batch> manyExtensions() {
    return rules()
        .batches(
            integers()
                .between(1, 5)
                .map(
                    times -> {
                      Script script = new Script().push(1).pull(1);
                      for (int i = 0; i < times; i++) {
                        script.advance(7).extend(0);
                      }
                      return script.pull(1).ack(0).plan();
                    }));
  }
}
