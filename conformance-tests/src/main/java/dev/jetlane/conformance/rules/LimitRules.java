// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.CAPACITY;
import static dev.jetlane.conformance.harness.Capability.OUTSTANDING_LIMIT;
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

/** Rules of the limits on outstanding tasks and on the tasks of a partition. */
public interface LimitRules extends Rules {

  @Property
  @Requires(OUTSTANDING_LIMIT)
  @Label(
      "LIMIT-1 While maxOutstanding tasks are outstanding, delayed naks included, a new "
          + "task MUST NOT be delivered")
  default void outstandingIsBounded(@ForAll("manyOutstanding") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(OUTSTANDING_LIMIT)
  @Label(
      "LIMIT-2 Redeliveries MUST be delivered even while maxOutstanding tasks are " + "outstanding")
  default void redeliveryPasses(@ForAll("manyOutstanding") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(OUTSTANDING_LIMIT)
  @Label("LIMIT-3 A settled task MUST make room for a new one immediately")
  default void settlementMakesRoom(@ForAll("manyOutstanding") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(CAPACITY)
  @Label(
      "LIMIT-5 A push to a full partition MUST be refused with QueueFullException and store nothing")
  default void fullRefuses(@ForAll("fullPartitions") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(CAPACITY)
  @Label(
      "LIMIT-6 A push MUST be accepted while the partition holds fewer than maxTasks tasks, "
          + "and settled tasks MUST NOT count")
  default void roomAccepts(@ForAll("fullPartitions") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(CAPACITY)
  @Label(
      "LIMIT-7 A batch that does not fit MUST be stored as far as it fits, and MUST report "
          + "an outcome for each task")
  default void batchFillsUp(@ForAll("overfullBatches") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(CAPACITY)
  @Label(
      "LIMIT-8 A duplicate MUST be reported as a duplicate even while the partition is " + "full")
  default void duplicateNeedsNoRoom(@ForAll("fullPartitions") Batch plans) throws Exception {
    rules().check(plans);
  }

  /**
   * Plans that reach the limit. Their leases must not expire. At the limit a server does not answer
   * a pull, so the pull takes half a second.
   */
  @Provide
  default Arbitrary<Batch> manyOutstanding() {
    Settings settings = Settings.PLAIN.withLeaseTicks(100);
    return rules()
        .batches(
            Combinators.combine(integers().between(1, 3), Arbitraries.of(0, 4))
                .as(
                    (limit, delay) ->
                        new Script(settings.withMaxOutstanding(limit))
                            .push(limit + 2)
                            .pull(9)
                            .pull(9)
                            .nakLater(0, delay)
                            .pull(9)
                            .advancePast(4)
                            .pull(9)
                            .settle(Verb.ACK, 1)
                            .settle(Verb.ACK, limit)
                            .pull(1)
                            .pull(9)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> fullPartitions() {
    return rules()
        .batches(
            Combinators.combine(integers().between(1, 4), Arbitraries.of(true, false))
                .as(
                    (limit, pulled) -> {
                      Script script =
                          new Script(Settings.PLAIN.withMaxTasks(limit))
                              .push(limit)
                              .push(1)
                              .then(new Step.Push(0, true));
                      if (pulled) {
                        script.pull(9).push(1);
                      }
                      return script.pushAgain(0).pull(9).ack(0).push(1).push(1).pull(9).plan();
                    }));
  }

  @Provide
  default Arbitrary<Batch> overfullBatches() {
    return rules()
        .batches(
            Combinators.combine(integers().between(1, 4), integers().between(2, 8))
                .as(
                    (limit, count) ->
                        new Script(Settings.PLAIN.withMaxTasks(limit))
                            .push(1)
                            .pushAll(count)
                            .pull(9)
                            .ack(0)
                            .pushAll(2)
                            .pull(9)
                            .plan()));
  }
}
