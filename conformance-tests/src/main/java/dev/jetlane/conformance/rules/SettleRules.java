// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static net.jqwik.api.Arbitraries.integers;

import dev.jetlane.conformance.plan.Batch;
import dev.jetlane.conformance.plan.Script;
import dev.jetlane.conformance.plan.Step.Verb;
import dev.jetlane.conformance.run.Rules;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Rules of settling a delivery, once and repeatedly. */
public interface SettleRules extends Rules {

  @Property
  @Label("SETTLE-1 An acked task MUST NOT be delivered again")
  default void ackRemoves(@ForAll("acks") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("SETTLE-2 A task that was given back MUST be available to the next pull")
  default void nakReturns(@ForAll("naks") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("SETTLE-3 A task under a delayed nak MUST NOT be delivered before the delay ends")
  default void delayHolds(@ForAll("delays") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("SETTLE-4 A task under a delayed nak MUST be delivered after the delay")
  default void delayEnds(@ForAll("delays") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("SETTLE-6 A second settlement MUST report ALREADY_SETTLED")
  default void settlesOnce(@ForAll("twice") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("SETTLE-7 ackAsync MUST settle like ack")
  default void ackAsyncSettles(@ForAll("acks") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("SETTLE-8 Closing an unsettled delivery MUST give the task back immediately")
  default void closeReturns(@ForAll("closes") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("SETTLE-9 A settlement within the lease MUST report SETTLED")
  default void reportsSettled(@ForAll("acks") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("SETTLE-10 Closing a delivery MUST NOT throw, settled or not")
  default void closeIsSafe(@ForAll("closes") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Provide
  default Arbitrary<Batch> acks() {
    return rules()
        .batches(
            Combinators.combine(integers().between(2, 4), integers().between(0, 1))
                .as(
                    (tasks, first) -> {
                      Script script = new Script().push(tasks).pull(tasks);
                      for (int i = 0; i < tasks; i++) {
                        script.settle(i % 2 == first ? Verb.ACK : Verb.ACK_ASYNC, i);
                      }
                      return script.settle(Verb.ACK_ASYNC, 0).pull(9).expire().pull(9).plan();
                    }));
  }

  @Provide
  default Arbitrary<Batch> naks() {
    return rules()
        .batches(
            Combinators.combine(integers().between(1, 4), integers().between(0, 3))
                .as(
                    (tasks, which) ->
                        new Script().push(tasks).pull(tasks).nak(which).pull(tasks).plan()));
  }

  @Provide
  default Arbitrary<Batch> delays() {
    return rules()
        .batches(
            Combinators.combine(integers().between(3, 15), integers().between(2, 3))
                .as(
                    (delay, rest) ->
                        new Script()
                            .push(2)
                            .pull(1)
                            .nakLater(0, delay)
                            .pull(1)
                            .advanceUpTo(delay)
                            .pull(1)
                            .advancePast(rest)
                            .pull(1)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> twice() {
    Arbitrary<Verb> verbs = Arbitraries.of(Verb.ACK, Verb.ACK_ASYNC, Verb.NAK);
    return rules()
        .batches(
            Combinators.combine(verbs, verbs, Arbitraries.of(0, 3))
                .as(
                    (first, second, delay) ->
                        new Script()
                            .push(2)
                            .pull(1)
                            .settle(first, 0)
                            .settle(second, 0)
                            .nakLater(0, delay)
                            .pull(9)
                            .pull(9)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> closes() {
    return rules()
        .batches(
            integers()
                .between(0, 2)
                .map(
                    settled -> {
                      Script script = new Script().push(2).pull(2);
                      if (settled == 1) {
                        script.ack(0);
                      } else if (settled == 2) {
                        script.nak(0);
                      }
                      return script
                          .settle(Verb.CLOSE, 0)
                          .settle(Verb.CLOSE, 1)
                          .settle(Verb.CLOSE, 1)
                          .pull(9)
                          .plan();
                    }));
  }
}
