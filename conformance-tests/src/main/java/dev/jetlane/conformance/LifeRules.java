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

/** What outlives a puller and a client, and what does not. */
interface LifeRules extends Rules {

  @Property
  @Label("LIFE-1 Tasks, leases, attempts and delays MUST outlive the client that made them")
  default void everythingOutlivesTheClient(@ForAll("reopened") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label(
      "LIFE-2 Settling a delivery of a closed queue MUST throw QueueClosedException; its lease runs on")
  default void closedQueueSettlesNothing(@ForAll("reopened") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Property
  @Label("LIFE-3 Deliveries of a closed puller MUST stay valid, and MUST NOT be given back")
  default void deliveriesOutliveThePuller(@ForAll("pullersReopened") Batch plans) throws Exception {
    rules().check(plans);
  }

  @Provide
  default Arbitrary<Batch> reopened() {
    Arbitrary<Verb> verbs = Arbitraries.of(Verb.ACK, Verb.NAK, Verb.EXTEND, Verb.ACK_ASYNC);
    return rules()
        .batches(
            Combinators.combine(verbs, integers().between(0, 8))
                .as(
                    (verb, ticks) ->
                        new Script()
                            .push(3)
                            .pull(2)
                            .nakLater(1, 6)
                            .then(new Step.ReopenQueue(0))
                            .settle(verb, 0)
                            .advance(ticks)
                            .pull(1)
                            .expire()
                            .pull(9)
                            .plan()));
  }

  @Provide
  default Arbitrary<Batch> pullersReopened() {
    return rules()
        .batches(
            Arbitraries.of(Verb.ACK, Verb.NAK, Verb.EXTEND)
                .map(
                    verb ->
                        new Script()
                            .push(2)
                            .pull(1)
                            .then(new Step.ReopenPuller(0, 0))
                            .pull(1)
                            .settle(verb, 0)
                            .pull(9)
                            .plan()));
  }
}
