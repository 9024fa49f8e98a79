package dev.jetlane.conformance.run;

import dev.jetlane.Delivery;
import dev.jetlane.Limits;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.oracle.History;
import dev.jetlane.conformance.oracle.History.Count;
import dev.jetlane.conformance.oracle.History.Done;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Extended;
import dev.jetlane.conformance.oracle.History.Harmed;
import dev.jetlane.conformance.oracle.History.Outcome;
import dev.jetlane.conformance.oracle.History.Remaining;
import dev.jetlane.conformance.oracle.History.Seen;
import dev.jetlane.conformance.oracle.History.Settled;
import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.oracle.History.Threw;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Among;
import dev.jetlane.conformance.plan.Step.Edge;
import dev.jetlane.conformance.plan.Step.Verb;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs a plan against a harness and writes down what happened. Judges nothing.
 *
 * <p>After the steps of the plan it drains the queue: settles open deliveries, and pulls and acks
 * until the queue is empty. So each history ends with an account of every task.
 */
public final class PlanRunner {

  /** Far longer than any request timeout: an answer that takes longer never comes. */
  private static final long ANSWER_SECONDS = 30;

  /** Enough for every lease and every delay of a plan to run out. */
  private static final int DRAIN_ROUNDS = 8;

  /** The same for what a server under load moves late. */
  private static final int LATE_ROUNDS = 50;

  /** More than any plan pushes: a queue that still hands out tasks would do so forever. */
  private static final int MAX_DRAINING_PULLS = 400;

  private static final class Held {
    final Delivery delivery;
    boolean open = true;

    Held(Delivery delivery) {
      this.delivery = delivery;
    }
  }

  private final Harness harness;
  private final Plan plan;
  private final Clients clients;
  private final Pushes pushes = new Pushes();
  private final Letters letters;
  private final List<Held> held = new ArrayList<>();
  private final List<Event> events = new ArrayList<>();
  private final Runnable afterEach;
  private final long startNanos;
  private final long wallStartNanos = System.nanoTime();
  private List<Delivery> fetched = List.of();
  private boolean draining;

  private PlanRunner(Plan plan, Harness harness, Clients clients, Runnable afterEach) {
    this.plan = plan;
    this.harness = harness;
    this.clients = clients;
    this.afterEach = afterEach;
    this.letters = new Letters(clients);
    this.startNanos = harness.nowNanos();
  }

  /** Runs what of the plan the queue is able to do. */
  public static History run(Plan wanted, Harness harness) throws InterruptedException {
    return run(wanted, harness, () -> {});
  }

  /** The same, and calls {@code afterEach} after each operation that is written down. */
  public static History run(Plan wanted, Harness harness, Runnable afterEach)
      throws InterruptedException {
    Plan plan = wanted.within(harness.capabilities());
    if (plan.hasFaults()) {
      plan = plan.within(harness.faults()); // Asked for before the first client is opened.
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

  /** An idle puller would keep the tasks that it leased ahead, and lease them repeatedly. */
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
      before = held.size();
      execute(new Step.Pull(partition, 0, EVERYTHING));
      while (held.stream().anyMatch(h -> h.open)) {
        execute(new Step.Settle(Verb.ACK, 0, Among.OPEN));
      }
    } while (held.size() > before && ++pulls < MAX_DRAINING_PULLS);
  }

  private List<Count> lastCounts() {
    return events.get(events.size() - 1).counts();
  }

  private void execute(Step step) throws InterruptedException {
    if (step instanceof Step.Under under) {
      FaultHands hands = harness.faults();
      int before = hands.happened();
      execute(
          under.step(),
          () -> hands.next(under.exchange(), under.harm()),
          () -> {
            hands.disarm();
            return hands.happened() > before ? new Harmed(under.exchange(), under.harm()) : null;
          });
    } else {
      execute(step, () -> {}, () -> null);
    }
  }

  private void execute(Step step, Runnable arm, Supplier<@Nullable Harmed> disarm)
      throws InterruptedException {
    int delivery = -1;
    Remaining observed = Remaining.NOT_ASKED;
    if (step instanceof Step.OnDelivery on) {
      delivery = pick(on.k(), on.among());
      if (delivery >= 0) {
        observed = remaining(held.get(delivery).delivery);
      }
    }
    prepare(step);
    arm.run();
    long before = now();
    Outcome outcome;
    try {
      outcome = perform(step, delivery);
    } catch (RuntimeException e) {
      outcome = Threw.of(e);
    }
    long after = now();
    Harmed harmed = disarm.get();
    if (outcome instanceof History.Pulled) {
      outcome = handOut(fetched);
    } else if (step instanceof Step.Settle settle
        && settle.verb() == Verb.EXTEND
        && delivery >= 0) {
      outcome = withRemaining(outcome, delivery);
    }
    record(step, harmed, delivery, new Span(before, after), observed, outcome);
  }

  /** Opens what the step needs, so that the span of the operation holds the operation alone. */
  private void prepare(Step step) {
    if (step instanceof Step.Pull pull) {
      clients.puller(partition(pull.partition()), puller(pull.puller()));
    } else if (step instanceof Step.Push push) {
      clients.partition(partition(push.partition()), pushes.turn());
    } else if (step instanceof Step.PushLater later) {
      clients.partition(partition(later.partition()), pushes.turn());
    }
  }

  private Outcome perform(Step step, int delivery) throws InterruptedException {
    if (step instanceof Step.Pull pull) {
      fetched =
          clients
              .puller(partition(pull.partition()), puller(pull.puller()))
              .pull(pull.max(), Duration.ZERO);
      return new History.Pulled(List.of());
    }
    if (step instanceof Step.Advance advance) {
      harness.advance(duration(advance));
      return new Done();
    }
    if (step instanceof Step.OnDelivery on) {
      return delivery < 0 ? new Done() : settle(on, held.get(delivery));
    }
    if (step instanceof Step.Push push) {
      return pushes.one(
          clients.partition(partition(push.partition()), pushes.turn()), push.async());
    }
    if (step instanceof Step.PushAgain again) {
      return pushes.again(
          clients.partition(partition(again.partition()), pushes.turn()), again.k());
    }
    if (step instanceof Step.PushAll || step instanceof Step.PushAtomically) {
      return pushMany(step);
    }
    if (step instanceof Step.PushLater later) {
      return pushes.later(
          p -> clients.partition(p, pushes.turn()),
          partition(later.partition()),
          harness.tick().multipliedBy(later.ticks()));
    }
    if (step instanceof Step.Cancel cancel) {
      return pushes.cancel(p -> clients.partition(p, pushes.turn()), cancel.k());
    }
    if (step instanceof Step.ReopenPuller reopen) {
      clients.closePuller(partition(reopen.partition()), puller(reopen.puller()));
      return new Done();
    }
    if (step instanceof Step.ChangePuller change) {
      clients.changePuller(
          partition(change.partition()), puller(change.puller()), change.options());
      return new Done();
    }
    if (step instanceof Step.ReopenQueue reopen) {
      clients.reopen(client(reopen.client()));
      return new Done();
    }
    if (step instanceof Step.Cut) {
      return cutConnections();
    }
    if (step instanceof Step.Redrive redrive) {
      return letters.redrive(partition(redrive.partition()), redrive.k());
    }
    if (step instanceof Step.Purge purge) {
      return letters.purge(partition(purge.partition()));
    }
    return letters.list(partition(((Step.ListDead) step).partition()));
  }

  private Outcome pushMany(Step step) {
    if (step instanceof Step.PushAll all) {
      return pushes.all(
          clients.partition(partition(all.partition()), pushes.turn()), all.count(), all.repeat());
    }
    Step.PushAtomically all = (Step.PushAtomically) step;
    return pushes.atomically(
        clients.partition(partition(all.partition()), pushes.turn()), all.count(), all.repeat());
  }

  private Outcome cutConnections() {
    harness.faults().disconnect();
    harness.faults().reconnect();
    clients.awaitConnected();
    return new Done();
  }

  private Duration duration(Step.Advance advance) {
    Duration time = harness.tick().multipliedBy(advance.ticks());
    return switch (advance.edge()) {
      case BEFORE -> {
        boolean exact = harness.tolerance().isZero();
        Duration before = time.minus(exact ? Duration.ofNanos(1) : harness.tick());
        yield before.isNegative() ? Duration.ZERO : before;
      }
      case EXACTLY -> time;
      case AFTER -> time.plus(harness.tolerance());
    };
  }

  private Outcome settle(Step.OnDelivery step, Held target) throws InterruptedException {
    if (step instanceof Step.NakLater later) {
      return settled(target, target.delivery.nak(harness.tick().multipliedBy(later.ticks())));
    }
    return switch (((Step.Settle) step).verb()) {
      case ACK -> settled(target, target.delivery.ack());
      case ACK_ASYNC -> settled(target, awaitAck(target.delivery));
      case NAK -> settled(target, target.delivery.nak());
      case RELEASE -> settled(target, target.delivery.release());
      case DEAD_LETTER -> settled(target, target.delivery.deadLetter(Step.REASON));
      case EXTEND -> new Extended(target.delivery.extend(), Remaining.NOT_ASKED);
      case CLOSE -> {
        target.open = false;
        target.delivery.close();
        yield new Done();
      }
    };
  }

  private static Outcome settled(Held target, Settlement settlement) {
    target.open = false;
    return new Settled(settlement);
  }

  private static Settlement awaitAck(Delivery delivery) throws InterruptedException {
    try {
      return delivery.ackAsync().get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException("ackAsync failed with " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new IllegalStateException("ackAsync never completed", e);
    }
  }

  /** Writes down what a pull returned, after it: reading it belongs to no operation's span. */
  private Outcome handOut(List<Delivery> deliveries) {
    List<Seen> seen = new ArrayList<>();
    for (Delivery delivery : deliveries) {
      seen.add(
          new Seen(
              held.size(),
              delivery.taskId(),
              new String(delivery.payload(), StandardCharsets.ISO_8859_1),
              delivery.headers(),
              delivery.partition(),
              delivery.attempt(),
              remaining(delivery)));
      held.add(new Held(delivery));
    }
    return new History.Pulled(seen);
  }

  private Outcome withRemaining(Outcome outcome, int delivery) {
    return outcome instanceof Extended extended
        ? new Extended(extended.restarted(), remaining(held.get(delivery).delivery))
        : outcome;
  }

  private Remaining remaining(Delivery delivery) {
    long before = now();
    long nanos = delivery.leaseRemaining().toNanos();
    return new Remaining(new Span(before, now()), nanos);
  }

  private int pick(int k, Among among) {
    if (among == Among.ALL) {
      return held.isEmpty() ? -1 : Math.floorMod(k, held.size());
    }
    int[] open =
        java.util.stream.IntStream.range(0, held.size()).filter(i -> held.get(i).open).toArray();
    return open.length == 0 ? -1 : open[Math.floorMod(k, open.length)];
  }

  private void record(
      Step step,
      @Nullable Harmed harmed,
      int delivery,
      Span time,
      Remaining observed,
      Outcome outcome) {
    if (outcome instanceof Threw threw
        && delivery >= 0
        && (draining || threw.type().equals("QueueClosedException"))) {
      // Its client was closed, or it cannot be acked: nothing can be done with it any more.
      held.get(delivery).open = false;
    }
    List<Count> counts = new ArrayList<>();
    for (int p = 0; p < plan.settings().partitions(); p++) {
      long before = now();
      Stats stats = clients.partition(p, 0).stats();
      counts.add(new Count(p, new Span(before, now()), stats));
    }
    long wallMicros = (System.nanoTime() - wallStartNanos) / 1_000;
    events.add(
        new Event(
            events.size(),
            step,
            harmed,
            delivery,
            time,
            observed,
            draining,
            wallMicros,
            outcome,
            counts));
    afterEach.run();
  }

  private long now() {
    return harness.nowNanos() - startNanos;
  }

  private int partition(int k) {
    return Math.floorMod(k, plan.settings().partitions());
  }

  private int puller(int k) {
    return Math.floorMod(k, plan.settings().pullers());
  }

  private int client(int k) {
    return Math.floorMod(k, plan.settings().clients());
  }

  /** The most that any call of the kit pulls or lists. */
  static final int EVERYTHING = Math.min(1_000, Limits.MAX_PULL);
}
