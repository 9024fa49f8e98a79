package dev.jetlane.conformance;

import static net.jqwik.api.Arbitraries.integers;

import dev.jetlane.conformance.Step.Verb;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What settling a delivery does, once, twice, and too late. */
interface SettleRules extends Rules {

  @Property
  @Label("SETTLE-1 An acked task MUST NOT be delivered again")
  default void ackRemoves(@ForAll("acks") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("SETTLE-2 A task that was given back MUST be there for the next pull")
  default void nakReturns(@ForAll("naks") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "SETTLE-3 A task that was given back for later MUST NOT be delivered before the delay is over")
  default void delayHolds(@ForAll("delays") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("SETTLE-4 A task that was given back for later MUST be delivered once the delay is over")
  default void delayEnds(@ForAll("delays") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("SETTLE-6 A second settlement MUST report ALREADY_SETTLED")
  default void onlyOnce(@ForAll("twice") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("SETTLE-7 ackAsync MUST settle as ack does")
  default void ackAsyncSettles(@ForAll("acks") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("SETTLE-8 Closing an unsettled delivery MUST give the task back at once")
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

  @Property
  @Label("LATE-1 An ack after the lease ran out MUST remove the task and report SETTLED_LATE")
  default void lateAckCounts(@ForAll("late") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("LATE-2 A nak after the lease ran out MUST be refused with LeaseExpiredException")
  default void lateNakIsRefused(@ForAll("late") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("LATE-3 An extension after the lease ran out MUST be refused with LeaseExpiredException")
  default void lateExtendIsRefused(@ForAll("late") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("LATE-5 An ack MUST remove the task even when another worker got it since")
  default void staleAckCounts(@ForAll("stale") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "LATE-6 A nak, extension or dead-lettering MUST NOT reach a task that another worker got since")
  default void staleHandleIsFenced(@ForAll("stale") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("LATE-7 Closing an expired delivery MUST do nothing")
  default void lateCloseDoesNothing(@ForAll("late") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("LATE-8 A holder whose task was acked by an earlier one MUST be able to settle as usual")
  default void holderSurvivesStaleAck(@ForAll("staleAckThenSettle") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("STATS-1 The count of ready tasks MUST be exact after every step")
  default void readyIsExact(@ForAll("anything") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("STATS-2 The count of outstanding tasks MUST be exact after every step")
  default void outstandingIsExact(@ForAll("anything") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "STATS-4 Under any interleaving every pushed task MUST end acked or dead, none lost, none twice")
  default void nothingIsLost(@ForAll("anything") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Provide
  default Arbitrary<Batch> acks() {
    return rules()
        .batches(
            Combinators.combine(integers().between(1, 4), Arbitraries.of(Verb.ACK, Verb.ACK_ASYNC))
                .as(
                    (tasks, verb) -> {
                      Script script = new Script().push(tasks).pull(tasks);
                      for (int i = 0; i < tasks; i++) {
                        script.settle(i % 2 == 0 ? verb : Verb.ACK_ASYNC, i);
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
                            .advance(delay - rest)
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

  @Provide
  default Arbitrary<Batch> anything() {
    return rules().batches(RandomPlans.any(40));
  }
}
