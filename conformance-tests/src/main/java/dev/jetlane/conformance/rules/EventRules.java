// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.CAPACITY;
import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;
import static dev.jetlane.conformance.harness.Capability.DEDUP;
import static dev.jetlane.conformance.harness.Capability.LISTENERS;
import static net.jqwik.api.Arbitraries.integers;

import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.RandomPlans;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Verb;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Rules of the events that a listener receives about the calls of its client. */
public interface EventRules extends Rules {

  @Property
  @Requires({LISTENERS, DEDUP})
  @Label("EVENT-1 A confirmed push MUST be reported once, as stored or as a duplicate")
  default void pushesAreReported(@ForAll("reportedPushes") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires({LISTENERS, CAPACITY})
  @Label("EVENT-2 A refused push MUST be reported once, with the exception of its caller")
  default void refusedPushesAreReported(@ForAll("refusedPushes") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(LISTENERS)
  @Label(
      "EVENT-3 A pull MUST be reported once with the number of its tasks, and then each "
          + "redelivery MUST be reported with its attempt")
  default void pullsAreReported(@ForAll("reportedPulls") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(LISTENERS)
  @Label(
      "EVENT-4 The settlement that wins MUST be reported once, with its kind and the time "
          + "held, and a second one MUST NOT be reported")
  default void settlementsAreReported(@ForAll("reportedSettlements") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires(LISTENERS)
  @Label("EVENT-5 A late ack MUST be reported as late, after the loss of its lease")
  default void lateAcksAreReported(@ForAll("lateAcks") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Requires({LISTENERS, DEAD_LETTERS})
  @Label(
      "EVENT-7 A task that used up its deliveries MUST be reported once, to the client whose "
          + "pull finds it")
  default void usedUpDeliveriesAreReported(@ForAll("usedUpDeliveries") Batch plans)
      throws Exception {
    rules().check(plans);
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  @Requires(LISTENERS)
  @Label("EVENT-10 A listener MUST receive the events of its own client, and no others")
  default void onlyOwnEventsAreReported(@ForAll("reportedEvents") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Provide
  default Arbitrary<Batch> reportedPushes() {
    return rules()
        .batches(
            Combinators.combine(integers().between(0, 3), Arbitraries.of(false, true))
                .as(
                    (count, repeat) ->
                        new Script(Settings.PLAIN.with(2, 1, 2))
                            .push(1)
                            .then(new Step.Push(1, true))
                            .then(new Step.PushAll(0, count, repeat))
                            .pushAgain(0)
                            .then(new Step.PushAgain(1, 1))
                            .then(new Step.PushLater(0, 3))
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> refusedPushes() {
    return rules()
        .batches(
            integers()
                .between(1, 3)
                .map(
                    limit ->
                        new Script(Settings.PLAIN.withMaxTasks(limit))
                            .pushAll(limit + 1)
                            .push(1)
                            .then(new Step.Push(0, true))
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> reportedPulls() {
    return rules()
        .batches(
            Combinators.combine(integers().between(1, 3), integers().between(0, 2))
                .as(
                    (max, number) ->
                        new Script(Settings.PLAIN.with(1, 2, 2))
                            .pull(1)
                            .push(3)
                            .pull(max)
                            .nak(number)
                            .pullBy(1, 1)
                            .expire()
                            .pull(9)
                            .pullBy(1, 9)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> reportedSettlements() {
    Arbitrary<Verb> verbs = Arbitraries.of(Verb.class);
    return rules()
        .batches(
            Combinators.combine(verbs.list().ofSize(3), verbs, integers().between(0, 3))
                .as(
                    (first, second, ticks) -> {
                      Script script = new Script().push(4).pull(4).advance(ticks);
                      for (int k = 0; k < 3; k++) {
                        script.settle(first.get(k), k).settle(second, k);
                      }
                      return script.nakLater(3, 2).settle(second, 3).plan();
                    }));
  }

  @Provide
  default Arbitrary<Batch> lateAcks() {
    return rules()
        .batches(
            Arbitraries.of(Verb.ACK, Verb.ACK_ASYNC)
                .map(
                    verb ->
                        new Script()
                            .push(2)
                            .pull(2)
                            .expire()
                            .settle(verb, 0)
                            .nak(1)
                            .settle(verb, 1)
                            .ack(0)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> usedUpDeliveries() {
    return rules()
        .batches(
            Combinators.combine(integers().between(0, 1), Arbitraries.of(true, false))
                .as(
                    (puller, nak) -> {
                      Settings settings = Settings.PLAIN.with(1, 2, 2).withMaxDeliveries(1);
                      Script script = new Script(settings).push(2).pull(2);
                      return (nak ? script.nak(0).nak(1) : script.expire())
                          .pullBy(puller, 1)
                          .plan();
                    }));
  }

  @Provide
  default Arbitrary<Batch> reportedEvents() {
    return rules().batches(RandomPlans.undisturbed(25));
  }
}
