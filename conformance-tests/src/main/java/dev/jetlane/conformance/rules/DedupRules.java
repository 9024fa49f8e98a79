// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.DEDUP;
import static net.jqwik.api.Arbitraries.integers;

import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Verb;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Rules of task ids, with which a push can be repeated safely. */
public interface DedupRules extends Rules {

  @Property
  @Requires(DEDUP)
  @Label(
      "DEDUP-1 The same id pushed again within the window MUST be stored once and reported as a duplicate")
  default void isStoredOnce(@ForAll("repeatedPushes") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(DEDUP)
  @Label(
      "DEDUP-2 An id MUST be remembered for the window even if its task was settled " + "meanwhile")
  default void settledIsRemembered(@ForAll("repeatedAfterSettlement") Batch plans)
      throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(DEDUP)
  @Label("DEDUP-3 After the window an id MUST be accepted as a new task")
  default void windowEnds(@ForAll("repeatedAfterWindow") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(DEDUP)
  @Label("DEDUP-4 A duplicate MUST NOT prolong the window")
  default void duplicateDoesNotProlong(@ForAll("duplicateThenWindow") Batch plans)
      throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(DEDUP)
  @Label("DEDUP-5 The same id in another partition MUST be another task")
  default void partitionsHaveTheirOwnIds(@ForAll("sameIdElsewhere") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(DEDUP)
  @Label(
      "DEDUP-6 If an id occurs twice in a batch, the batch MUST store it once and report the "
          + "second task as a duplicate")
  default void batchIsDeduplicated(@ForAll("batchesWithRepeat") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "PUSH-5 A push with a new id MUST be stored, whether or not a puller was opened " + "before")
  default void newIsStored(@ForAll("repeatedPushes") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Provide
  default Arbitrary<Batch> repeatedPushes() {
    return rules()
        .batches(
            Combinators.combine(
                    integers().between(1, 3), integers().between(0, 2), integers().between(0, 2))
                .as(
                    (tasks, first, second) ->
                        new Script()
                            .push(tasks)
                            .pushAgain(first)
                            .pull(1)
                            .pushAgain(second)
                            .push(1)
                            .pull(9)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> repeatedAfterSettlement() {
    return rules()
        .batches(
            integers()
                .between(0, 12)
                .map(
                    ticks ->
                        new Script()
                            .push(1)
                            .pull(1)
                            .settle(Verb.ACK, 0)
                            .advance(ticks)
                            .pushAgain(0)
                            .pull(1)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> repeatedAfterWindow() {
    return rules()
        .batches(
            Combinators.combine(integers().between(1, 3), Arbitraries.of(true, false))
                .as(
                    (more, acked) -> {
                      Script script = new Script(Settings.PLAIN.withDedupTicks(12)).push(1);
                      if (acked) {
                        script.pull(1).ack(0);
                      }
                      return script.advancePast(12 + more).pushAgain(0).pull(9).plan();
                    }));
  }

  @Provide
  default Arbitrary<Batch> duplicateThenWindow() {
    return rules()
        .batches(
            integers()
                .between(1, 9)
                .map(
                    ticks ->
                        new Script(Settings.PLAIN.withDedupTicks(12))
                            .push(1)
                            .advance(ticks)
                            .pushAgain(0)
                            .advancePast(13 - ticks)
                            .pushAgain(0)
                            .pull(9)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> sameIdElsewhere() {
    return rules()
        .batches(
            integers()
                .between(1, 3)
                .map(
                    tasks -> {
                      Script script = new Script(Settings.PLAIN.with(2, 1, 1)).push(tasks);
                      for (int k = 0; k < tasks; k++) {
                        script.then(new Step.PushAgain(1, k));
                      }
                      return script.pullFrom(1, 9).pullFrom(0, 9).plan();
                    }));
  }

  @Provide
  default Arbitrary<Batch> batchesWithRepeat() {
    return rules()
        .batches(
            integers()
                .between(1, 9)
                .map(count -> new Script().then(new Step.PushAll(0, count, true)).pull(9).plan()));
  }
}
