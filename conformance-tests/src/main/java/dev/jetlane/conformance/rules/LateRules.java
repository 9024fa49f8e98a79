// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static net.jqwik.api.Arbitraries.integers;

import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step.Verb;
import dev.jetlane.conformance.run.Rules;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Rules of the calls on a delivery whose lease has expired. */
public interface LateRules extends Rules {

  @Property
  @Label("LATE-1 An ack after the lease expired MUST remove the task and report SETTLED_LATE")
  default void lateAckCounts(@ForAll("late") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("LATE-2 A nak after the lease expired MUST be refused with LeaseExpiredException")
  default void lateNakIsRefused(@ForAll("late") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "LATE-3 An extension after the lease expired MUST be refused with " + "LeaseExpiredException")
  default void lateExtendIsRefused(@ForAll("late") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("LATE-5 An ack MUST remove the task even if another worker has received it since")
  default void staleAckCounts(@ForAll("stale") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "LATE-6 A stale nak, extension or dead-lettering MUST NOT affect a task that another "
          + "worker has received since")
  default void staleHandleIsFenced(@ForAll("stale") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("LATE-7 Closing an expired delivery MUST do nothing")
  default void lateCloseDoesNothing(@ForAll("late") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "LATE-8 The holder of a task that an earlier holder acked MUST be able to settle "
          + "as usual")
  default void holderSurvivesStaleAck(@ForAll("staleAckThenSettle") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Provide
  default Arbitrary<Batch> late() {
    return rules()
        .batches(
            integers()
                .between(0, 3)
                .map(
                    ticks ->
                        new Script()
                            .push(2)
                            .pull(2)
                            .expire()
                            .advance(ticks)
                            .nak(0)
                            .nakLater(0, 2)
                            .extend(0)
                            .settle(Verb.CLOSE, 0)
                            .ack(0)
                            .pull(9)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> stale() {
    Arbitrary<Verb> verbs = Arbitraries.of(Verb.NAK, Verb.EXTEND, Verb.CLOSE);
    return rules()
        .batches(
            Combinators.combine(verbs, integers().between(0, 8))
                .as(
                    (verb, ticks) ->
                        new Script(Settings.PLAIN.with(1, 2, 2))
                            .push(1)
                            .pull(1)
                            .expire()
                            .pullBy(1, 1)
                            .settle(verb, 0)
                            .nakLater(0, 1)
                            .advance(ticks)
                            .pull(1)
                            .advancePast(10 - ticks)
                            .pull(1)
                            .ack(0)
                            .pull(1)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> staleAckThenSettle() {
    return rules()
        .batches(
            Arbitraries.of(Verb.ACK, Verb.NAK)
                .map(
                    verb ->
                        new Script()
                            .push(1)
                            .pull(1)
                            .expire()
                            .pull(1)
                            .ack(0)
                            .settle(verb, 1)
                            .pull(1)
                            .plan()));
  }
}
