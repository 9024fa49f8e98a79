package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueConfig;
import dev.jetlane.conformance.Differential.Result;
import dev.jetlane.conformance.Differential.Verdict;
import dev.jetlane.conformance.InMemoryConformanceTest.InMemoryHarness;
import dev.jetlane.conformance.plain.BrokenLanes;
import dev.jetlane.conformance.plain.PlainHarness;
import dev.jetlane.conformance.plain.PlainLane;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.opentest4j.TestAbortedException;

/**
 * The fake and a real server do the same with the same random plans.
 *
 * <p>A few plans run in every build. All of them, on the server that {@link NatsServer#find} finds:
 *
 * <pre>
 * mvn verify -am -pl conformance-tests -Dtest=DifferentialTest -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Djetlane.differential.plans=300 -Djetlane.differential.steps=40
 * </pre>
 *
 * Other plans come from another seed, given as {@code jetlane.differential.seed}; {@code
 * jetlane.differential.first} is the number of the first plan.
 */
class DifferentialTest {

  private static final int PLANS = Integer.getInteger("jetlane.differential.plans", 12);

  /**
   * A run of many plans is there for its figures, and fails on a machine that is too slow for them.
   * A build with its few plans may share its machine: it tries again, and says if it was in vain;
   * with CI set it fails.
   */
  private static final int MANY = 100;

  private static final int STEPS = Integer.getInteger("jetlane.differential.steps", 10);
  private static final int AT_ONCE = Integer.getInteger("jetlane.differential.atOnce", 32);
  private static final int FIRST = Integer.getInteger("jetlane.differential.first", 0);

  /** The same in every build: a build must not fail by chance. Another one finds other things. */
  private static final long SEED = Long.getLong("jetlane.differential.seed", 20261123);

  /** Half of it must be more than a server is late and a client is slow. */
  private static final Duration TICK =
      Duration.ofMillis(Long.getLong("jetlane.differential.tickMillis", PLANS < MANY ? 250 : 150));

  private static final double MOST_DISCARDED = PLANS < MANY ? 0.5 : 0.2;
  private static final int RERUNS = PLANS < MANY ? 2 : 0;

  @Example
  @AddLifecycleHook(NatsRuleSuite.UnlessFakeOnly.class)
  void theFakeDoesWhatTheServerDoes() throws Exception {
    long began = System.nanoTime();
    List<Plan> plans = plans();
    List<Result> results;
    try (NatsServer server = NatsServer.start();
        Connection connection = Nats.connect(server.url())) {
      results = compare(plans, server, connection);
      for (int again = 0; again < RERUNS && tooManyDiscarded(results); again++) {
        repeatDiscarded(plans, results, server, connection);
      }
      System.out.println(summary(server.version(), results, System.nanoTime() - began));
    }
    assertThat(different(results)).as("plans of seed %d that differ", SEED).isEmpty();
    if (tooManyDiscarded(results)) {
      String tooSlow =
          "the machine is too slow for ticks of %s: %s".formatted(TICK, discarded(results));
      if (PLANS < MANY && System.getenv("CI") == null) {
        throw new TestAbortedException(tooSlow);
      }
      throw new AssertionError(tooSlow);
    }
  }

  /** All at once: a plan spends most of its time waiting. */
  private static List<Result> compare(List<Plan> plans, NatsServer server, Connection connection)
      throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Callable<Result>> runs = new ArrayList<>();
      for (Plan plan : plans) {
        runs.add(
            () ->
                Differential.run(
                    plan, new InMemoryHarness(), new NatsHarness(server.url(), connection), TICK));
      }
      List<Result> results = new ArrayList<>();
      for (Future<Result> run : executor.invokeAll(runs)) {
        results.add(run.get());
      }
      return results;
    } finally {
      executor.shutdownNow();
    }
  }

  private static void repeatDiscarded(
      List<Plan> plans, List<Result> results, NatsServer server, Connection connection)
      throws Exception {
    List<Integer> numbers =
        IntStream.range(0, plans.size())
            .filter(i -> results.get(i).verdict() == Verdict.DISCARDED)
            .boxed()
            .toList();
    List<Result> repeated = compare(numbers.stream().map(plans::get).toList(), server, connection);
    for (int i = 0; i < numbers.size(); i++) {
      results.set(numbers.get(i), repeated.get(i));
    }
  }

  /** The comparison can fail: each of these broken queues is told from the fake. */
  @Example
  void aWrongQueueIsFound() throws InterruptedException {
    assertThat(firstDifference(PlainLane::new)).as("a third implementation").isEmpty();
    for (Function<QueueConfig, PlainLane> wrong :
        List.<Function<QueueConfig, PlainLane>>of(
            BrokenLanes::ackDoesNotRemove,
            BrokenLanes::neverExpires,
            BrokenLanes::nakToTheBack,
            BrokenLanes::nakOrderReversed,
            BrokenLanes::attemptsNotCounted,
            BrokenLanes::extendAdds,
            BrokenLanes::delayIgnored,
            BrokenLanes::delayFreesItsSlot,
            BrokenLanes::dedupForgetsOnAck,
            BrokenLanes::poisonIsDropped,
            BrokenLanes::lastInFirstOut)) {
      assertThat(firstDifference(wrong)).contains("BUT");
    }
  }

  private static String firstDifference(Function<QueueConfig, PlainLane> lanes)
      throws InterruptedException {
    for (int i = 0; i < 1_000; i++) {
      Plan plan = DifferentialPlans.plan(1, i, 40);
      Result result = Differential.run(plan, new InMemoryHarness(), new PlainHarness(lanes), TICK);
      if (result.verdict() == Verdict.DIFFERENT) {
        return result.report();
      }
    }
    return "";
  }

  private static List<Plan> plans() {
    return IntStream.range(FIRST, FIRST + PLANS)
        .mapToObj(number -> DifferentialPlans.plan(SEED, number, STEPS))
        .toList();
  }

  private static List<String> different(List<Result> results) {
    return IntStream.range(0, results.size())
        .filter(i -> results.get(i).verdict() == Verdict.DIFFERENT)
        .mapToObj(i -> "plan " + (FIRST + i) + ": " + results.get(i).report())
        .toList();
  }

  private static boolean tooManyDiscarded(List<Result> results) {
    return count(results, Verdict.DISCARDED) > (long) (MOST_DISCARDED * PLANS);
  }

  private static List<String> discarded(List<Result> results) {
    return results.stream()
        .filter(result -> result.verdict() == Verdict.DISCARDED)
        .map(Result::report)
        .toList();
  }

  private static long count(List<Result> results, Verdict verdict) {
    return results.stream().filter(result -> result.verdict() == verdict).count();
  }

  private static String summary(String version, List<Result> results, long nanos) {
    return String.format(
        Locale.ROOT,
        "differential, nats-server %s, seed %d: %d plans of %d steps, %d steps compared (stats too),"
            + " %d plans the same, %d up to a tie, %d discarded, %d different, %.0f s",
        version,
        SEED,
        results.size(),
        plans().stream().mapToInt(DifferentialPlans::steps).sum(),
        results.stream().mapToInt(Result::compared).sum(),
        count(results, Verdict.SAME),
        count(results, Verdict.TIED),
        count(results, Verdict.DISCARDED),
        count(results, Verdict.DIFFERENT),
        nanos / 1e9);
  }
}
