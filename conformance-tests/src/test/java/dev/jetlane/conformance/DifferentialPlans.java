// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.QueueConfig;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.plan.RandomPlans;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Advance;
import dev.jetlane.conformance.plan.Step.ChangePuller;
import dev.jetlane.conformance.plan.Step.Edge;
import dev.jetlane.conformance.plan.Step.NakLater;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/**
 * Random plans whose events are never close in time. Two ticks follow every operation, in which the
 * queue comes to rest, so operations happen on even ticks. Leases, delays, lives of tasks and dedup
 * windows last an odd number of ticks, so they end on odd ones. Pullers that keep leases are closed
 * on odd ticks.
 */
final class DifferentialPlans {

  private static final Advance HALF_PAUSE = new Advance(1, Edge.EXACTLY);
  private static final Advance PAUSE = new Advance(2, Edge.EXACTLY);

  /** The pause after slow steps: a connect, a new partition, and an empty pull at a limit. */
  private static final Advance LONG_PAUSE = new Advance(6, Edge.EXACTLY);

  /** The pause after a fault of the whole server, in ticks. */
  static final int OUTAGE_TICKS = 50;

  /** Longer than any plan, in ticks. */
  private static final int NEVER = 9_999;

  /** Large enough that every value of every step is possible. */
  private static final int GENERATOR_SIZE = 1_000;

  private DifferentialPlans() {}

  /** The {@code number}-th plan of a seed, with half of {@code maxSteps} at least. */
  static Plan plan(long seed, int number, int maxSteps) {
    Arbitrary<Step> step =
        Arbitraries.frequencyOf(
            Tuple.of(12, RandomPlans.step()), Tuple.of(1, RandomPlans.expiring()));
    Arbitrary<List<Step>> steps = step.list().ofMinSize(maxSteps / 2).ofMaxSize(maxSteps);
    return Combinators.combine(RandomPlans.settings(), RandomPlans.changes(), steps)
        .as(
            (settings, first, then) -> {
              List<Step> all = new ArrayList<>(first);
              all.addAll(then);
              return new Plan(odd(settings), paced(settings, all, 0));
            })
        .generator(GENERATOR_SIZE)
        .next(new Random(seed * 1_000_003 + number))
        .value();
  }

  /**
   * The same with lost or refused requests and confirmations, and with cut connections. The pause
   * after each of these outlasts the request timeout, and a lease outlasts both.
   */
  static Plan faultyPlan(long seed, int number, int maxSteps, int timeoutTicks) {
    Arbitrary<List<Step>> steps =
        RandomPlans.anyFaultyStep().list().ofMinSize(maxSteps / 2).ofMaxSize(maxSteps);
    return faulty(seed, number, steps, even(timeoutTicks) + 2);
  }

  private static Plan faulty(long seed, int number, Arbitrary<List<Step>> steps, int pauseTicks) {
    return Combinators.combine(RandomPlans.settings(), steps)
        .as(
            (any, list) -> {
              Settings settings =
                  odd(any).withLeaseTicks(2 * pauseTicks + 1).withMaxTasks(QueueConfig.UNLIMITED);
              return new Plan(settings, paced(settings, shortened(list, pauseTicks), pauseTicks));
            })
        .generator(GENERATOR_SIZE)
        .next(new Random(seed * 1_000_003 + number))
        .value();
  }

  /**
   * The same with faults of the whole server. The pause after each of these outlasts a restart and
   * the request timeout. No dedup window ends, because a push takes effect some time after it
   * began.
   */
  static Plan outagePlan(long seed, int number, int maxSteps) {
    Arbitrary<Step> during = RandomPlans.duringFault().map(DifferentialPlans::withoutPull);
    Arbitrary<Step> step =
        Arbitraries.frequencyOf(Tuple.of(5, RandomPlans.anyFaultyStep()), Tuple.of(1, during));
    Arbitrary<List<Step>> steps = step.list().ofMinSize(maxSteps / 2).ofMaxSize(maxSteps);
    Plan plan = faulty(seed, number, steps, OUTAGE_TICKS);
    return new Plan(plan.settings().withDedupTicks(NEVER), plan.steps());
  }

  /** A restarted server looks for ended leases within 1.5 s, so a pull may find them or not. */
  private static Step withoutPull(Step step) {
    return step instanceof Step.DuringFault during
            && during.fault().restarts()
            && during.step() instanceof Step.Pull pull
        ? new Step.DuringFault(during.fault(), new Step.Push(pull.partition(), false))
        : step;
  }

  /** Half the ticks outlast a lease here, because the ticks are doubled. */
  private static List<Step> shortened(List<Step> steps, int leaseTicks) {
    return steps.stream()
        .map(
            step ->
                step instanceof Advance advance && advance.ticks() > leaseTicks
                    ? new Advance(leaseTicks + 2, Edge.EXACTLY)
                    : step)
        .toList();
  }

  private static int even(int ticks) {
    return ticks + ticks % 2;
  }

  /** How many operations a plan has. */
  static int steps(Plan plan) {
    return (int) plan.steps().stream().filter(step -> !(step instanceof Advance)).count();
  }

  private static Settings odd(Settings any) {
    return any.withLeaseTicks(any.leaseTicks() | 1).withDedupTicks(any.dedupTicks() | 1);
  }

  private static List<Step> paced(Settings settings, List<Step> steps, int faultTicks) {
    List<Step> paced = new ArrayList<>(List.of(PAUSE, LONG_PAUSE));
    for (Step any : steps) {
      if (any instanceof Step.PushLater && settings.maxTasks() < QueueConfig.UNLIMITED) {
        // A due task of a full partition becomes ready immediately here, and within a second there.
        continue;
      }
      Step step = paced(any);
      boolean between = endsKeeping(step);
      if (between) {
        paced.add(HALF_PAUSE);
      }
      paced.add(step);
      if (between) {
        paced.add(HALF_PAUSE);
      }
      if (!(step instanceof Advance)) {
        paced.add(
            isFaulty(step) ? pause(faultTicks) : takesLong(step, settings) ? LONG_PAUSE : PAUSE);
      }
    }
    return paced;
  }

  private static Step paced(Step step) {
    if (step instanceof Step.Under under) {
      return new Step.Under(under.exchange(), under.harm(), paced(under.step()));
    }
    if (step instanceof Step.DuringFault during) {
      return new Step.DuringFault(during.fault(), paced(during.step()));
    }
    if (step instanceof Advance advance) {
      return new Advance(2 * advance.ticks(), Edge.EXACTLY);
    }
    if (step instanceof NakLater later) {
      return new NakLater(later.ticks() | 1, later.k(), later.among());
    }
    if (step instanceof Step.PushExpiring push) {
      return new Step.PushExpiring(push.partition(), push.ticks() | 1);
    }
    return step instanceof ChangePuller change ? withoutPrefetch(change) : step;
  }

  private static boolean isFaulty(Step step) {
    return step.requires() == Capability.FAULTS || step instanceof Step.DuringFault;
  }

  private static Advance pause(int ticks) {
    return new Advance(ticks, Edge.EXACTLY);
  }

  /** Each queue decides when and how much its pullers prefetch. */
  private static ChangePuller withoutPrefetch(ChangePuller change) {
    return new ChangePuller(
        change.partition(), change.puller(), change.options().withPrefetch(0), change.keepTicks());
  }

  /**
   * Whether the step closes a puller, which may keep leases. Kept leases are extended on even
   * ticks, so these steps are on odd ones.
   */
  private static boolean endsKeeping(Step step) {
    return step instanceof ChangePuller
        || step instanceof Step.ReopenPuller
        || step instanceof Step.ReopenQueue;
  }

  private static boolean takesLong(Step step, Settings settings) {
    return step instanceof Step.ReopenQueue
        || (step instanceof Step.Pull && settings.maxOutstanding() < Settings.MANY);
  }
}
