// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plan;

import dev.jetlane.Limits;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueConfig;
import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.harness.ServerFault;
import dev.jetlane.conformance.plan.Step.Among;
import dev.jetlane.conformance.plan.Step.Edge;
import dev.jetlane.conformance.plan.Step.Verb;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Generators of random plans. */
public final class RandomPlans {

  private RandomPlans() {}

  /** Any plan without concurrent calls. */
  public static Arbitrary<Plan> any(int maxSteps) {
    return of(anyStep(), maxSteps);
  }

  /** Any plan without concurrent calls and without expiring tasks. */
  public static Arbitrary<Plan> undisturbed(int maxSteps) {
    return of(step(), maxSteps);
  }

  /** Any plan whose calls meet interrupts, closes and second operators. */
  public static Arbitrary<Plan> meeting(int maxSteps) {
    return of(Arbitraries.oneOf(step(), meeting()), maxSteps);
  }

  private static Arbitrary<Plan> of(Arbitrary<Step> steps, int maxSteps) {
    return Combinators.combine(settings(), changes(), steps.list().ofMinSize(1).ofMaxSize(maxSteps))
        .as((settings, first, then) -> new Plan(settings, then).after(first.toArray(Step[]::new)));
  }

  /** The simplest settings come first, because shrinking ends there. */
  public static Arbitrary<Settings> settings() {
    Arbitrary<Integer> deliveries = Arbitraries.of(QueueConfig.UNLIMITED, 3, 2, 1);
    Arbitrary<Integer> outstanding = Arbitraries.of(Settings.MANY, 4, 2, 1);
    Arbitrary<Integer> tasks = Arbitraries.of(QueueConfig.UNLIMITED, 6, 3);
    Arbitrary<Integer> dedup = Arbitraries.of(200, 25, 12);
    Arbitrary<Integer> few = Arbitraries.integers().between(1, 2);
    Arbitrary<Settings> limited =
        Combinators.combine(deliveries, outstanding, tasks, dedup, few, few, few)
            .as(
                (d, o, t, w, partitions, pullers, clients) ->
                    new Settings(10, w, d, o, t, partitions, pullers, clients));
    return inSeveral(limited);
  }

  /** Adds priorities and streams. */
  private static Arbitrary<Settings> inSeveral(Arbitrary<Settings> settings) {
    Arbitrary<Integer> priorities = Arbitraries.of(1, 1, 1, 2, 3);
    Arbitrary<Integer> lowEvery = Arbitraries.of(0, 0, 2, 3);
    // Of the two partitions each has one of five streams, and neither has the first.
    Arbitrary<Integer> streams = Arbitraries.of(1, 1, 5);
    return Combinators.combine(settings, priorities, lowEvery, streams)
        .as(
            (s, levels, every, n) ->
                s.withPriorities(levels, levels == 1 ? 0 : every).withStreams(n));
  }

  /** The options of pullers at the beginning of a plan: prefetch, confirmed acks, lease keeping. */
  public static Arbitrary<List<Step>> changes() {
    return change().list().ofMaxSize(2);
  }

  private static Arbitrary<Step> change() {
    Arbitrary<Integer> small = Arbitraries.integers().between(0, 1);
    Arbitrary<PullOptions> options =
        Combinators.combine(
                Arbitraries.of(0, 0, 1, 3, Limits.MAX_PULL), Arbitraries.of(true, false))
            .as(
                (prefetch, confirmed) ->
                    PullOptions.defaults().withPrefetch(prefetch).withConfirmAcks(confirmed));
    return Combinators.combine(small, small, options, Arbitraries.of(0, 0, 13, 25))
        .as(Step.ChangePuller::new);
  }

  public static Arbitrary<Step> step() {
    Arbitrary<Integer> small = Arbitraries.integers().between(0, 1);
    Arbitrary<Integer> k = Arbitraries.integers().between(0, 5);
    Arbitrary<Among> among = Arbitraries.frequency(Tuple.of(4, Among.OPEN), Tuple.of(1, Among.ALL));
    Arbitrary<Step> push =
        Combinators.combine(small, Arbitraries.of(false, true)).as(Step.Push::new);
    Arbitrary<Step> pushAgain = Combinators.combine(small, k).as(Step.PushAgain::new);
    Arbitrary<Step> pushAll =
        Combinators.combine(small, k, Arbitraries.of(false, true)).as(Step.PushAll::new);
    Arbitrary<Step> atomically =
        Combinators.combine(small, k, Arbitraries.of(false, true)).as(Step.PushAtomically::new);
    Arbitrary<Step> later =
        Combinators.combine(small, Arbitraries.of(1, 3, 7, 15)).as(Step.PushLater::new);
    Arbitrary<Step> pull =
        Combinators.combine(small, small, Arbitraries.integers().between(1, 4)).as(Step.Pull::new);
    Arbitrary<Step> settle =
        Combinators.combine(Arbitraries.of(Verb.class), k, among).as(Step.Settle::new);
    Arbitrary<Step> nakLater =
        Combinators.combine(Arbitraries.of(1, 3, 7, 15), k, among).as(Step.NakLater::new);
    Arbitrary<Step> advance =
        Arbitraries.of(1, 2, 4, 6, 10, 13).map(ticks -> new Step.Advance(ticks, Edge.EXACTLY));
    Arbitrary<Step> certain =
        Combinators.combine(Arbitraries.of(3, 10, 25), Arbitraries.of(Edge.class))
            .as(Step.Advance::new);
    return Arbitraries.frequencyOf(
        Tuple.of(5, push),
        Tuple.of(1, pushAgain),
        Tuple.of(2, later),
        Tuple.of(1, k.map(Step.Cancel::new)),
        Tuple.of(2, pushAll),
        Tuple.of(1, atomically),
        Tuple.of(7, pull),
        Tuple.of(7, settle),
        Tuple.of(2, nakLater),
        Tuple.of(4, advance),
        Tuple.of(1, certain),
        Tuple.of(1, Combinators.combine(small, small).as(Step.ReopenPuller::new)),
        Tuple.of(1, change()),
        Tuple.of(1, small.map(Step.ReopenQueue::new)),
        Tuple.of(1, Combinators.combine(small, k).as(Step.Redrive::new)),
        Tuple.of(1, small.map(Step.Purge::new)));
  }

  private static Arbitrary<Step> anyStep() {
    return Arbitraries.frequencyOf(Tuple.of(15, step()), Tuple.of(1, expiring()));
  }

  /** A push of a task with a deadline. */
  public static Arbitrary<Step> expiring() {
    return Combinators.combine(Arbitraries.integers().between(0, 1), Arbitraries.of(2, 5, 12))
        .as(Step.PushExpiring::new);
  }

  /**
   * A call on an interrupted thread, a call during the close of its client, or the same call of two
   * clients.
   */
  public static Arbitrary<Step> meeting() {
    Arbitrary<Integer> small = Arbitraries.integers().between(0, 1);
    Arbitrary<Integer> k = Arbitraries.integers().between(0, 5);
    Arbitrary<Step> push =
        Combinators.combine(small, Arbitraries.of(false, true)).as(Step.Push::new);
    Arbitrary<Step> pull =
        Combinators.combine(small, small, Arbitraries.integers().between(1, 4)).as(Step.Pull::new);
    Arbitrary<Verb> verbs =
        Arbitraries.of(Verb.ACK, Verb.NAK, Verb.EXTEND, Verb.DEAD_LETTER, Verb.CLOSE);
    Arbitrary<Step> settle = Combinators.combine(verbs, k).as(RandomPlans::open);
    Arbitrary<Step> nakLater =
        Combinators.combine(Arbitraries.of(1, 7), k)
            .as((ticks, which) -> new Step.NakLater(ticks, which, Among.OPEN));
    Arbitrary<Step> call = Arbitraries.oneOf(push, pull, settle, settle, nakLater);
    Arbitrary<Step> closing =
        Arbitraries.oneOf(call, Combinators.combine(small, small).as(Step.ReopenPuller::new));
    Arbitrary<Step> operator =
        Arbitraries.oneOf(
            Combinators.combine(small, k).as(Step.Redrive::new),
            Combinators.combine(small, k).as(Step.RemoveDead::new),
            k.map(Step.Cancel::new),
            small.map(Step.Purge::new));
    return Arbitraries.oneOf(
        call.map(Step.Interrupted::new),
        closing.map(Step.DuringClose::new),
        operator.map(Step.Twice::new));
  }

  /**
   * Any plan with faults. Leases are longer than the request timeout; a dedup window may end during
   * it.
   */
  public static Arbitrary<Plan> withFaults(int maxSteps) {
    return withFaults(faultyStep(), Arbitraries.of(200, 4), maxSteps);
  }

  /**
   * Any plan with faults of single requests and of the whole server. A caller repeats its push
   * within the dedup window.
   */
  public static Arbitrary<Plan> withServerFaults(int maxSteps) {
    Arbitrary<Step> steps =
        Arbitraries.frequencyOf(Tuple.of(5, faultyStep()), Tuple.of(1, duringFault()));
    return withFaults(steps, Arbitraries.just(200), maxSteps);
  }

  private static Arbitrary<Plan> withFaults(
      Arbitrary<Step> steps, Arbitrary<Integer> dedupTicks, int maxSteps) {
    Arbitrary<Integer> few = Arbitraries.integers().between(1, 2);
    Arbitrary<Settings> settings =
        Combinators.combine(dedupTicks, few, few, few)
            .as(
                (dedup, partitions, pullers, clients) ->
                    Settings.PLAIN
                        .withLeaseTicks(50)
                        .withDedupTicks(dedup)
                        .with(partitions, pullers, clients));
    return Combinators.combine(inSeveral(settings), steps.list().ofMinSize(2).ofMaxSize(maxSteps))
        .as(Plan::new);
  }

  /** A call during a fault of the whole server. Only a silent server does not answer a pull. */
  public static Arbitrary<Step> duringFault() {
    Arbitrary<Integer> small = Arbitraries.integers().between(0, 1);
    Arbitrary<Integer> k = Arbitraries.integers().between(0, 5);
    Arbitrary<Verb> verbs = Arbitraries.of(Verb.ACK, Verb.NAK, Verb.EXTEND, Verb.DEAD_LETTER);
    Arbitrary<Step> push = small.map(partition -> new Step.Push(partition, false));
    Arbitrary<Step> settle = Combinators.combine(verbs, k).as(RandomPlans::open);
    Arbitrary<Step> pull =
        Combinators.combine(small, small, Arbitraries.integers().between(1, 4)).as(Step.Pull::new);
    Arbitrary<Step> answered = Arbitraries.oneOf(push, settle, settle);
    Arbitrary<ServerFault> others =
        Arbitraries.of(ServerFault.class).filter(fault -> fault != ServerFault.SILENT);
    return Arbitraries.frequencyOf(
        Tuple.of(1, answered.map(step -> new Step.DuringFault(ServerFault.SILENT, step))),
        Tuple.of(
            3,
            Combinators.combine(others, Arbitraries.oneOf(answered, pull))
                .as(Step.DuringFault::new)));
  }

  /** Any step that can be harmed, with or without a harm. Further steps make its effect visible. */
  public static Arbitrary<Step> faultyStep() {
    Arbitrary<Integer> small = Arbitraries.integers().between(0, 1);
    Arbitrary<Integer> k = Arbitraries.integers().between(0, 5);
    Arbitrary<Step> push = small.map(partition -> new Step.Push(partition, false));
    Arbitrary<Step> later =
        Combinators.combine(small, Arbitraries.of(1, 15)).as(Step.PushLater::new);
    Arbitrary<Step> pull =
        Combinators.combine(small, small, Arbitraries.integers().between(1, 4)).as(Step.Pull::new);
    Arbitrary<Step> settle =
        Combinators.combine(Arbitraries.of(Verb.class), k).as(RandomPlans::open);
    Arbitrary<Step> nakLater =
        Combinators.combine(Arbitraries.of(1, 15), k)
            .as((ticks, which) -> new Step.NakLater(ticks, which, Among.OPEN));
    Arbitrary<Step> advance =
        Arbitraries.of(5, 20, 55).map(ticks -> new Step.Advance(ticks, Edge.AFTER));
    Arbitrary<Harm> lost = Arbitraries.of(Harm.CONFIRMATION_LOST, Harm.REQUEST_LOST);
    Arbitrary<Harm> any = Arbitraries.of(Harm.CONFIRMATION_LOST, Harm.REQUEST_LOST, Harm.REFUSED);
    return Arbitraries.frequencyOf(
        Tuple.of(3, push),
        Tuple.of(1, later),
        Tuple.of(6, pull),
        Tuple.of(3, settle),
        Tuple.of(2, advance),
        Tuple.of(1, Arbitraries.just(new Step.Cut())),
        Tuple.of(1, Combinators.combine(small, small).as(Step.ReopenPuller::new)),
        Tuple.of(1, small.map(Step.ReopenQueue::new)),
        Tuple.of(2, under(Exchange.PUSH, any, push)),
        Tuple.of(1, under(Exchange.PUSH_LATER, lost, later)),
        Tuple.of(2, under(Exchange.ACK, any, k.map(which -> open(Verb.ACK, which)))),
        Tuple.of(2, under(Exchange.NAK, any, k.map(which -> open(Verb.NAK, which)))),
        Tuple.of(1, under(Exchange.NAK, lost, nakLater)),
        Tuple.of(2, under(Exchange.EXTEND, any, k.map(which -> open(Verb.EXTEND, which)))),
        Tuple.of(
            1, under(Exchange.STORE_LETTER, lost, k.map(which -> open(Verb.DEAD_LETTER, which)))),
        Tuple.of(
            1, under(Exchange.REMOVE_DEAD, lost, k.map(which -> open(Verb.DEAD_LETTER, which)))));
  }

  /** The same steps, and steps that the oracle cannot judge. Use them only to compare queues. */
  public static Arbitrary<Step> anyFaultyStep() {
    Arbitrary<Integer> small = Arbitraries.integers().between(0, 1);
    Arbitrary<Integer> k = Arbitraries.integers().between(0, 5);
    Arbitrary<Harm> lost = Arbitraries.of(Harm.CONFIRMATION_LOST, Harm.REQUEST_LOST);
    Arbitrary<Step> again = Combinators.combine(small, k).as(Step.PushAgain::new);
    Arbitrary<Step> redrive = Combinators.combine(small, k).as(Step.Redrive::new);
    Arbitrary<Step> cancel = k.map(Step.Cancel::new);
    return Arbitraries.frequencyOf(
        Tuple.of(24, faultyStep()),
        Tuple.of(2, again),
        Tuple.of(2, redrive),
        Tuple.of(1, cancel),
        Tuple.of(1, small.map(Step.Purge::new)),
        Tuple.of(1, under(Exchange.PUSH, lost, again)),
        Tuple.of(1, under(Exchange.REDRIVE, lost, redrive)),
        Tuple.of(1, under(Exchange.REMOVE_LETTER, lost, redrive)),
        Tuple.of(1, under(Exchange.CANCEL, lost, cancel)));
  }

  private static Step open(Verb verb, int k) {
    return new Step.Settle(verb, k, Among.OPEN);
  }

  private static Arbitrary<Step> under(
      Exchange exchange, Arbitrary<Harm> harms, Arbitrary<? extends Step> steps) {
    return Combinators.combine(harms, steps)
        .as((harm, step) -> new Step.Under(exchange, harm, step));
  }
}
