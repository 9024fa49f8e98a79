// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import dev.jetlane.Delivery;
import dev.jetlane.Limits;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.TaskQueueException;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.oracle.History;
import dev.jetlane.conformance.oracle.History.Count;
import dev.jetlane.conformance.oracle.History.Done;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Extended;
import dev.jetlane.conformance.oracle.History.Harmed;
import dev.jetlane.conformance.oracle.History.Met;
import dev.jetlane.conformance.oracle.History.Outcome;
import dev.jetlane.conformance.oracle.History.Remaining;
import dev.jetlane.conformance.oracle.History.Seen;
import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.oracle.History.Threw;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Among;
import dev.jetlane.conformance.plan.Step.Edge;
import dev.jetlane.conformance.plan.Step.Verb;
import dev.jetlane.conformance.run.Meetings.Call;
import dev.jetlane.conformance.run.Meetings.Result;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Runs a plan against a harness and records its history. It judges nothing.
 *
 * <p>After the steps of the plan it drains the queue: settles open deliveries, and pulls and acks
 * until the queue is empty. So each history ends with an account of every task.
 */
public final class PlanRunner {

  /** Enough rounds for every lease and every delay of a plan to end. */
  private static final int DRAIN_ROUNDS = 8;

  /** Enough rounds for delayed tasks that a server under load delivers late. */
  private static final int LATE_ROUNDS = 50;

  /** More than any plan pushes. A queue that hands out even more tasks would never stop. */
  private static final int MAX_DRAINING_PULLS = 400;

  private final Harness harness;
  private final Plan plan;
  private final Clients clients;
  private final Calls calls;
  private final List<Event> events = new ArrayList<>();
  private final Runnable afterEach;
  private final long startNanos;
  private final long wallStartNanos = System.nanoTime();
  private boolean draining;

  private PlanRunner(Plan plan, Harness harness, Clients clients, Runnable afterEach) {
    this.plan = plan;
    this.harness = harness;
    this.clients = clients;
    this.afterEach = afterEach;
    this.calls = new Calls(harness, plan.settings(), clients);
    this.startNanos = harness.nowNanos();
  }

  /** Runs the part of the plan that the queue supports. */
  public static History run(Plan wanted, Harness harness) throws InterruptedException {
    return run(wanted, harness, () -> {});
  }

  /** The same, and calls {@code afterEach} after each recorded operation. */
  public static History run(Plan wanted, Harness harness, Runnable afterEach)
      throws InterruptedException {
    Plan plan = wanted.within(harness.capabilities());
    if (plan.hasFaults()) {
      plan = plan.within(harness.faults()); // Asked for before the first client is opened.
    }
    if (plan.settings().streams() > 1) {
      harness.spread(plan.settings().streams());
    }
    try (Clients clients = new Clients(harness, plan.settings())) {
      PlanRunner runner = new PlanRunner(plan, harness, clients, afterEach);
      for (Step step : plan.steps()) {
        runner.execute(step);
      }
      runner.drain();
      return new History(
          plan,
          History.Config.of(plan.settings(), harness.tick(), harness.pulling()),
          harness.tolerance().toNanos(),
          List.copyOf(runner.events));
    }
  }

  private void drain() throws InterruptedException {
    draining = true;
    if (plan.leasesAhead(harness.pulling())) {
      closePullers();
    }
    for (int round = 0; round < DRAIN_ROUNDS || (round < LATE_ROUNDS && delayed()); round++) {
      for (int p = 0; p < plan.settings().partitions(); p++) {
        drainWhatIsThere(p);
      }
      if (lastCounts().stream().allMatch(PlanRunner::isEmpty)) {
        break;
      }
      execute(new Step.Advance(plan.settings().leaseTicks(), Edge.AFTER));
    }
    if (harness.capabilities().contains(Capability.DEAD_LETTERS)) {
      for (int p = 0; p < plan.settings().partitions(); p++) {
        execute(new Step.ListDead(p));
      }
    }
  }

  private boolean delayed() {
    return lastCounts().stream().anyMatch(count -> count.stats().delayed() > 0);
  }

  private static boolean isEmpty(Count count) {
    return count.stats().backlog() == 0 && count.stats().delayed() == 0;
  }

  /** Closes all pullers, because an idle one would keep leasing tasks ahead. */
  private void closePullers() throws InterruptedException {
    for (int p = 0; p < plan.settings().partitions(); p++) {
      for (int k = 0; k < plan.settings().pullers(); k++) {
        execute(new Step.ReopenPuller(p, k));
      }
    }
  }

  private void drainWhatIsThere(int partition) throws InterruptedException {
    int before;
    int pulls = 0;
    do {
      before = held().size();
      execute(new Step.Pull(partition, 0, EVERYTHING));
      while (held().stream().anyMatch(h -> h.open)) {
        execute(new Step.Settle(Verb.ACK, 0, Among.OPEN));
      }
    } while (held().size() > before && ++pulls < MAX_DRAINING_PULLS);
  }

  private List<Count> lastCounts() {
    return events.get(events.size() - 1).counts();
  }

  private void execute(Step step) throws InterruptedException {
    Step plain = step instanceof Step.Meeting meeting ? meeting.step() : step;
    int delivery = calls.delivery(plain);
    Remaining observed =
        delivery < 0 ? Remaining.NOT_ASKED : remaining(held().get(delivery).delivery);
    int connections = connections();
    Preparation prepared;
    try {
      prepared = prepare(step, plain, delivery);
    } catch (TaskQueueException e) {
      prepared = () -> new Result(Threw.of(e), null);
    }
    long before = now();
    Result result = prepared.run();
    Span time = new Span(before, now());
    if (result.met() == null && !connects(plain) && connections() != connections) {
      result = new Result(result.outcome(), new History.Reconnect());
    }
    Outcome outcome = result.outcome();
    if (outcome instanceof History.Pulled) {
      outcome = handOut(calls.fetched(), calls.puller(((Step.Pull) plain).puller()));
    } else if (outcome instanceof Extended extended) {
      outcome = new Extended(extended.restarted(), remaining(held().get(delivery).delivery));
    }
    if (result.met() instanceof History.Close close) {
      clients.open(close.client());
    }
    record(plain, result.met(), delivery, time, observed, outcome);
  }

  private static boolean connects(Step step) {
    return step instanceof Step.Cut || step instanceof Step.ReopenQueue;
  }

  private int connections() {
    return plan.hasFaults() ? harness.faults().connections() : 0;
  }

  /** A prepared step, which only needs to be run. */
  private interface Preparation {
    Result run() throws InterruptedException;
  }

  private Preparation prepare(Step step, Step plain, int delivery) {
    if (step instanceof Step.Twice) {
      IntFunction<Outcome> operation = calls.operation(plain);
      return operation == null
          ? () -> new Result(new Done(), null)
          : () -> Meetings.twice(operation);
    }
    Call call = calls.call(plain, delivery);
    if (step instanceof Step.Under under) {
      return () -> harmed(under, call);
    }
    if (step instanceof Step.DuringFault during) {
      Call repeat = calls.repetition(plain, call);
      return () -> new Outages(harness, clients, startNanos).during(during.fault(), call, repeat);
    }
    if (step instanceof Step.Interrupted) {
      Call repeat = calls.repetition(plain, call);
      return () -> Meetings.interrupted(call, repeat);
    }
    if (step instanceof Step.DuringClose) {
      int client = calls.clientOf(plain, delivery);
      return () -> Meetings.duringClose(call, client, () -> clients.close(client));
    }
    return () -> new Result(Meetings.outcomeOf(call), null);
  }

  private Result harmed(Step.Under under, Call call) throws InterruptedException {
    FaultHands hands = harness.faults();
    int before = hands.happened();
    hands.next(under.exchange(), under.harm());
    Outcome outcome = Meetings.outcomeOf(call);
    hands.disarm();
    boolean happened = hands.happened() > before;
    if (happened && under.harm().cuts()) {
      clients.awaitConnected(); // Another client may not have noticed the cut yet.
    }
    return new Result(outcome, happened ? new Harmed(under.exchange(), under.harm()) : null);
  }

  /**
   * Records the deliveries of a pull after the span of the pull, because reading them takes time.
   */
  private Outcome handOut(List<Delivery> deliveries, int puller) {
    List<Seen> seen = new ArrayList<>();
    for (Delivery delivery : deliveries) {
      seen.add(
          new Seen(
              held().size(),
              delivery.taskId(),
              new String(delivery.payload(), StandardCharsets.ISO_8859_1),
              delivery.headers(),
              delivery.partition(),
              delivery.priority(),
              delivery.attempt(),
              remaining(delivery)));
      held().add(new Calls.Held(delivery, puller));
    }
    return new History.Pulled(seen);
  }

  private Remaining remaining(Delivery delivery) {
    long before = now();
    long nanos = delivery.leaseRemaining().toNanos();
    return new Remaining(new Span(before, now()), nanos);
  }

  private void record(
      Step step, @Nullable Met met, int delivery, Span time, Remaining observed, Outcome outcome) {
    if (outcome instanceof Threw threw
        && delivery >= 0
        && (draining || threw.type().equals("QueueClosedException"))) {
      // Its client was closed, or it cannot be acked, so further calls on it are pointless.
      held().get(delivery).open = false;
    }
    List<Count> counts = new ArrayList<>();
    for (int p = 0; p < plan.settings().partitions(); p++) {
      long before = now();
      Stats stats = stats(p);
      counts.add(new Count(p, new Span(before, now()), stats));
    }
    long wallMicros = (System.nanoTime() - wallStartNanos) / 1_000;
    events.add(
        new Event(
            events.size(),
            step,
            met,
            delivery,
            time,
            observed,
            draining,
            wallMicros,
            outcome,
            counts));
    afterEach.run();
  }

  /** Asks again after a failure, because a fault ends a connection, and a timeout is short then. */
  private Stats stats(int partition) {
    try {
      return clients.partition(partition, 0).stats();
    } catch (QueueUnavailableException | OutcomeUnknownException e) {
      if (!plan.hasFaults()) {
        throw e;
      }
      clients.awaitConnected();
      return clients.partition(partition, 0).stats();
    }
  }

  private List<Calls.Held> held() {
    return calls.held();
  }

  private long now() {
    return harness.nowNanos() - startNanos;
  }

  /** The largest number of tasks or letters that a call of the suite pulls or lists. */
  static final int EVERYTHING = Math.min(1_000, Limits.MAX_PULL);
}
