package dev.jetlane.conformance;

import dev.jetlane.QueueConfig;
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
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * Random plans without a close call. Every operation is followed by two ticks in which the queue
 * settles, so operations happen on even ticks; leases, delays and dedup windows last an odd number
 * of ticks, so they end on odd ones.
 */
final class DifferentialPlans {

  private static final Advance PAUSE = new Advance(2, Edge.EXACTLY);

  /** For what takes longer: to connect, to make a partition, and to pull nothing at a limit. */
  private static final Advance LONG_PAUSE = new Advance(6, Edge.EXACTLY);

  /** Large enough that every value of every step is possible. */
  private static final int GENERATOR_SIZE = 1_000;

  private DifferentialPlans() {}

  /** The {@code number}-th plan of a seed, with half of {@code maxSteps} at least. */
  static Plan plan(long seed, int number, int maxSteps) {
    Arbitrary<List<Step>> steps =
        RandomPlans.step().list().ofMinSize(maxSteps / 2).ofMaxSize(maxSteps);
    return Combinators.combine(RandomPlans.settings(), steps)
        .as((settings, list) -> new Plan(odd(settings), paced(settings, list)))
        .generator(GENERATOR_SIZE)
        .next(new Random(seed * 1_000_003 + number))
        .value();
  }

  /** How many steps of a plan are not pauses. */
  static int steps(Plan plan) {
    return (int) plan.steps().stream().filter(step -> step != PAUSE && step != LONG_PAUSE).count();
  }

  private static Settings odd(Settings any) {
    return new Settings(
        any.leaseTicks() | 1,
        any.dedupTicks() | 1,
        any.maxDeliveries(),
        any.maxOutstanding(),
        any.maxTasks(),
        any.partitions(),
        any.pullers(),
        any.clients());
  }

  private static List<Step> paced(Settings settings, List<Step> steps) {
    List<Step> paced = new ArrayList<>(List.of(PAUSE, LONG_PAUSE));
    for (Step any : steps) {
      if (any instanceof Step.PushLater && settings.maxTasks() < QueueConfig.UNLIMITED) {
        continue; // What is due in a full partition comes at once here, within a second there.
      }
      Step step = any instanceof ChangePuller change ? withoutPrefetch(change) : any;
      if (step instanceof Advance advance) {
        paced.add(new Advance(2 * advance.ticks(), Edge.EXACTLY));
      } else {
        paced.add(
            step instanceof NakLater later
                ? new NakLater(later.ticks() | 1, later.k(), later.among())
                : step);
        paced.add(takesLong(step, settings) ? LONG_PAUSE : PAUSE);
      }
    }
    return paced;
  }

  /** When a puller leases ahead, and how much at a time, is its own choice. */
  private static ChangePuller withoutPrefetch(ChangePuller change) {
    return new ChangePuller(change.partition(), change.puller(), change.options().withPrefetch(0));
  }

  private static boolean takesLong(Step step, Settings settings) {
    return step instanceof Step.ReopenQueue
        || (step instanceof Step.Pull && settings.maxOutstanding() < Settings.MANY);
  }
}
