package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueConfig;
import dev.jetlane.conformance.Differential.Result;
import dev.jetlane.conformance.Differential.Verdict;
import dev.jetlane.conformance.InMemoryConformanceTest.InMemoryHarness;
import dev.jetlane.conformance.plain.BrokenLanes;
import dev.jetlane.conformance.plain.PlainHarness;
import dev.jetlane.conformance.plain.PlainLane;
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
  private static final int STEPS = Integer.getInteger("jetlane.differential.steps", 10);
  private static final int AT_ONCE = Integer.getInteger("jetlane.differential.atOnce", 32);
  private static final int FIRST = Integer.getInteger("jetlane.differential.first", 0);

  /** The same in every build: a build must not fail by chance. Another one finds other things. */
  private static final long SEED = Long.getLong("jetlane.differential.seed", 20261123);

  /** Half of it must be more than a server is late and a client is slow. */
  private static final Duration TICK =
      Duration.ofMillis(Long.getLong("jetlane.differential.tickMillis", PLANS < 100 ? 250 : 150));

  /** A build with its few plans may share its machine; a run of many is there for its figures. */
  private static final double MOST_DISCARDED = PLANS < 100 ? 0.5 : 0.2;

  @Example
  @AddLifecycleHook(NatsRuleSuite.UnlessFakeOnly.class)
  void theFakeDoesWhatTheServerDoes() throws Exception {
    long began = System.nanoTime();
    List<Result> results = new ArrayList<>();
    ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE);
    try (NatsServer server = NatsServer.start();
        Connection connection = Nats.connect(server.url())) {
      List<Callable<Result>> runs = new ArrayList<>();
      for (Plan plan : plans()) {
        runs.add(
            () ->
                Differential.run(
                    plan, new InMemoryHarness(), new NatsHarness(server.url(), connection), TICK));
      }
      for (Future<Result> run : executor.invokeAll(runs)) {
        results.add(run.get());
      }
      results.stream()
          .filter(result -> result.verdict() == Verdict.DISCARDED)
          .forEach(result -> System.out.println("discarded, " + result.report()));
      System.out.println(summary(server.version(), results, System.nanoTime() - began));
    } finally {
      executor.shutdownNow();
    }
    assertThat(different(results)).as("plans of seed %d that differ", SEED).isEmpty();
    assertThat(count(results, Verdict.DISCARDED))
        .as("discarded plans; the machine is too slow for ticks of %s", TICK)
        .isLessThanOrEqualTo((long) (MOST_DISCARDED * PLANS));
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
