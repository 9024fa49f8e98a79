// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueConfig;
import dev.jetlane.conformance.Differential.Result;
import dev.jetlane.conformance.Differential.Verdict;
import dev.jetlane.conformance.InMemoryConformanceTest.InMemoryHarness;
import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.plain.BrokenTasks;
import dev.jetlane.conformance.plain.PlainHarness;
import dev.jetlane.conformance.plain.PlainTasks;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.run.TimeLimit;
import dev.jetlane.inmemory.Faults;
import dev.jetlane.nats.testing.NatsPlace;
import io.nats.client.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.junit.jupiter.api.Assumptions;
import org.opentest4j.TestAbortedException;

/**
 * Compares the fake with a real server on the same random plans.
 *
 * <p>A few plans run in every build. All of them, on the server that {@link
 * dev.jetlane.nats.testing.NatsServer#find} finds:
 *
 * <pre>
 * mvn verify -am -pl conformance-tests -Dtest=DifferentialTest -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Djetlane.differential.plans=300 -Djetlane.differential.steps=40
 * </pre>
 *
 * The property {@code jetlane.differential.seed} selects other plans, {@code
 * jetlane.differential.first} the number of the first one.
 */
@AddLifecycleHook(TimeLimit.class)
class DifferentialTest {

  private static final int PLANS = Integer.getInteger("jetlane.differential.plans", 12);

  /**
   * A run of many plans fails on a machine that is too slow for it. A build with few plans may
   * share its machine: it tries again, and reports a second failure; with CI set it fails.
   */
  private static final int MANY = 100;

  private static final int STEPS = Integer.getInteger("jetlane.differential.steps", 10);
  private static final int AT_ONCE = Integer.getInteger("jetlane.differential.atOnce", 32);
  private static final int FIRST = Integer.getInteger("jetlane.differential.first", 0);

  /** The same in every build, so that no build fails by chance. */
  private static final long SEED = Long.getLong("jetlane.differential.seed", 20261123);

  /** Half of it exceeds the lateness of a server plus that of a client. */
  private static final Duration TICK =
      Duration.ofMillis(Long.getLong("jetlane.differential.tickMillis", PLANS < MANY ? 250 : 150));

  /** The exchanges that plans may harm. */
  private static final Set<Exchange> HARMED =
      EnumSet.of(
          Exchange.PUSH,
          Exchange.PUSH_LATER,
          Exchange.ACK,
          Exchange.NAK,
          Exchange.EXTEND,
          Exchange.STORE_LETTER,
          Exchange.REMOVE_DEAD,
          Exchange.REDRIVE,
          Exchange.REMOVE_LETTER,
          Exchange.CANCEL);

  /** The least share of compared steps, without those after a tie. Fewer show nothing. */
  private static final double LEAST_COMPARED = PLANS < MANY ? 0.5 : 0.8;

  private static final int RERUNS = PLANS < MANY ? 2 : 0;

  /** A harmed call takes the request timeout and some ticks more. */
  private static final int TIMEOUT_TICKS =
      Math.toIntExact(NatsHarness.FAULTY.toNanos() / TICK.toNanos());

  @Example
  @AddLifecycleHook(NatsRuleSuite.UnlessFakeOnly.class)
  void theFakeDoesWhatTheServerDoes() throws Exception {
    compareAll(
        "differential",
        plans(number -> DifferentialPlans.plan(SEED, number, STEPS)),
        NatsHarness::new);
  }

  @Example
  @AddLifecycleHook(NatsRuleSuite.UnlessFakeOnly.class)
  void theFakeFailsAsTheServerFails() throws Exception {
    compareAll(
        "differential under faults",
        plans(number -> faulty(SEED, number, STEPS)),
        NatsHarness::new);
  }

  /** Each plan has a server of its own, so only a long run has it. */
  @Example
  @AddLifecycleHook(NatsRuleSuite.UnlessFakeOnly.class)
  void theFakeFailsAsAServerThatIsDown() throws Exception {
    Assumptions.assumeTrue(PLANS >= MANY, "a server for each plan: only with many plans");
    compareAll(
        "differential under faults of the server",
        plans(number -> DifferentialPlans.outagePlan(SEED, number, STEPS)),
        (place, connection) -> OwnServerHarness.start());
  }

  /** Opens a harness on a server. */
  private interface Servers {
    Harness open(NatsPlace place, Connection connection) throws Exception;
  }

  private static Plan faulty(long seed, int number, int steps) {
    return DifferentialPlans.faultyPlan(seed, number, steps, TIMEOUT_TICKS);
  }

  private static void compareAll(String title, List<Plan> plans, Servers servers) throws Exception {
    long began = System.nanoTime();
    List<Result> results;
    try (NatsPlace place = NatsPlace.start(NatsPlace.Kind.HERE);
        Connection connection = place.administrator()) {
      results = compare(plans, servers, place, connection);
      for (int again = 0; again < RERUNS && comparedTooLittle(results); again++) {
        repeatLate(plans, results, servers, place, connection);
      }
      long nanos = System.nanoTime() - began;
      System.out.println(title + ", " + summary(place.server().version(), plans, results, nanos));
    }
    assertThat(different(results)).as("plans of seed %d that differ", SEED).isEmpty();
    if (comparedTooLittle(results)) {
      String tooSlow = "the machine is too slow for ticks of %s: %s".formatted(TICK, late(results));
      if (PLANS < MANY && System.getenv("CI") == null) {
        throw new TestAbortedException(tooSlow);
      }
      throw new AssertionError(tooSlow);
    }
  }

  /** Runs all plans in parallel: a plan mostly waits. */
  private static List<Result> compare(
      List<Plan> plans, Servers servers, NatsPlace place, Connection connection) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Callable<Result>> runs = new ArrayList<>();
      for (Plan plan : plans) {
        runs.add(
            () ->
                Differential.run(
                    plan, new InMemoryHarness(), servers.open(place, connection), TICK));
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

  private static void repeatLate(
      List<Plan> plans,
      List<Result> results,
      Servers servers,
      NatsPlace place,
      Connection connection)
      throws Exception {
    List<Integer> numbers =
        IntStream.range(0, plans.size()).filter(i -> isLate(results.get(i))).boxed().toList();
    List<Result> repeated =
        compare(numbers.stream().map(plans::get).toList(), servers, place, connection);
    for (int i = 0; i < numbers.size(); i++) {
      Result before = results.get(numbers.get(i));
      Result again = repeated.get(i);
      boolean tellsMore = !isLate(again) || again.compared() > before.compared();
      results.set(numbers.get(i), tellsMore ? again : before);
    }
  }

  /** The comparison can fail: each of these broken queues differs from the fake. */
  @Example
  void aWrongQueueIsFound() throws InterruptedException {
    assertThat(against(PlainTasks::new)).as("a third implementation").isEmpty();
    for (Function<QueueConfig, PlainTasks> wrong :
        List.<Function<QueueConfig, PlainTasks>>of(
            BrokenTasks::ackDoesNotRemove,
            BrokenTasks::neverExpires,
            BrokenTasks::nakToTheBack,
            BrokenTasks::nakOrderReversed,
            BrokenTasks::attemptsNotCounted,
            BrokenTasks::extendAdds,
            BrokenTasks::delayIgnored,
            BrokenTasks::delayFreesItsSlot,
            BrokenTasks::dedupForgetsOnAck,
            BrokenTasks::poisonIsDropped,
            BrokenTasks::lastInFirstOut)) {
      assertThat(against(wrong)).contains("BUT");
    }
  }

  /** A fake that confuses two faults differs from the fake. */
  @Example
  void aWrongFaultIsFound() throws InterruptedException {
    assertThat(under(FakeHands::new)).as("the same hands").isEmpty();
    for (Exchange mistaken : HARMED) {
      assertThat(under(faults -> new MistakenHands(new FakeHands(faults), mistaken)))
          .as("hands that lose the request of a %s instead of its confirmation", mistaken)
          .contains("BUT");
    }
  }

  private static String against(Function<QueueConfig, PlainTasks> creation)
      throws InterruptedException {
    return firstDifference(
        number -> DifferentialPlans.plan(1, number, 40), () -> new PlainHarness(creation));
  }

  private static String under(Function<Faults, FaultHands> hands) throws InterruptedException {
    return firstDifference(number -> faulty(1, number, 40), () -> new InMemoryHarness(hands));
  }

  private static String firstDifference(IntFunction<Plan> plans, Supplier<Harness> other)
      throws InterruptedException {
    for (int i = 0; i < 1_000; i++) {
      Result result = Differential.run(plans.apply(i), new InMemoryHarness(), other.get(), TICK);
      if (result.verdict() == Verdict.DIFFERENT) {
        return result.report();
      }
    }
    return "";
  }

  private static List<Plan> plans(IntFunction<Plan> plan) {
    return IntStream.range(FIRST, FIRST + PLANS).mapToObj(plan).toList();
  }

  private static List<String> different(List<Result> results) {
    return IntStream.range(0, results.size())
        .filter(i -> results.get(i).verdict() == Verdict.DIFFERENT)
        .mapToObj(i -> "plan " + (FIRST + i) + ": " + results.get(i).report())
        .toList();
  }

  private static boolean comparedTooLittle(List<Result> results) {
    List<Result> untied =
        results.stream()
            .filter(r -> r.verdict() != Verdict.TIED && r.verdict() != Verdict.UNSURE)
            .toList();
    int steps = untied.stream().mapToInt(Result::steps).sum();
    int compared = untied.stream().mapToInt(Result::compared).sum();
    return compared < LEAST_COMPARED * steps;
  }

  private static boolean isLate(Result result) {
    return result.verdict() == Verdict.CUT_SHORT || result.verdict() == Verdict.DISCARDED;
  }

  private static List<String> late(List<Result> results) {
    return results.stream().filter(DifferentialTest::isLate).map(Result::report).toList();
  }

  private static long count(List<Result> results, Verdict verdict) {
    return results.stream().filter(result -> result.verdict() == verdict).count();
  }

  private static String summary(
      String version, List<Plan> plans, List<Result> results, long nanos) {
    return String.format(
        Locale.ROOT,
        "nats-server %s, seed %d: %d plans of %d calls, %d of %d steps compared (stats too),"
            + " %d plans the same, %d up to a tie, %d up to a lease or window that a fault moved,"
            + " %d up to a late step, %d discarded,"
            + " %d different, %.0f s",
        version,
        SEED,
        results.size(),
        plans.stream().mapToInt(DifferentialPlans::steps).sum(),
        results.stream().mapToInt(Result::compared).sum(),
        results.stream().mapToInt(Result::steps).sum(),
        count(results, Verdict.SAME),
        count(results, Verdict.TIED),
        count(results, Verdict.UNSURE),
        count(results, Verdict.CUT_SHORT),
        count(results, Verdict.DISCARDED),
        count(results, Verdict.DIFFERENT),
        nanos / 1e9);
  }

  /** Loses a request of one kind instead of its confirmation. */
  private static final class MistakenHands extends DelegatingHands {

    private final Exchange mistaken;

    MistakenHands(FaultHands hands, Exchange mistaken) {
      super(hands);
      this.mistaken = mistaken;
    }

    @Override
    public void next(Exchange exchange, Harm harm) {
      boolean mistake = exchange == mistaken && harm == Harm.CONFIRMATION_LOST;
      super.next(exchange, mistake ? Harm.REQUEST_LOST : harm);
    }
  }
}
