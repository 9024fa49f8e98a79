// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.WorkerOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Runs the classes below like tests of a user. They are nested, and named so that no build runs
 * them directly.
 */
class SimulatedTestExtensionTest {

  private static TestExecutionSummary run(Class<?> testClass) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(testClass)).build(),
            listener);
    return listener.getSummary();
  }

  @Test
  void aFailedHistoryFailsItsTest() {
    List<TestExecutionSummary.Failure> failures = run(Broken.class).getFailures();
    assertThat(failures).hasSize(1);
    assertThat(failures.get(0).getException())
        .hasMessageContaining("Broken.chargesOnce")
        .hasStackTraceContaining("charged without an order");
  }

  static class Broken {

    @SimulatedTest(seeds = 3)
    void chargesOnce(Simulation sim) {
      sim.queue().partition("orders").push(Task.of("order-1", "30 EUR"));
      throw new AssertionError("charged without an order");
    }
  }

  @Test
  void eachHistoryHasItsOwnSimulation() {
    Correct.handled.set(0);
    assertThat(run(Correct.class).getTestsSucceededCount()).isOne();
    assertThat(Correct.handled.get()).isGreaterThanOrEqualTo(5);
  }

  static class Correct {

    static final AtomicInteger handled = new AtomicInteger();

    @SimulatedTest(seeds = 5)
    void worksEachOrder(Simulation sim) {
      Partition orders = sim.queue().partition("orders");
      orders.push(Task.of("order-1", "30 EUR"));
      sim.process(
          "worker",
          queue ->
              queue
                  .partition("orders")
                  .work(order -> handled.incrementAndGet(), WorkerOptions.concurrency(1)));
    }
  }

  @Test
  void theOptionsOfTheAnnotationApply() {
    assertThat(run(Configured.class).getFailures())
        .extracting(failure -> failure.getException().getMessage())
        .singleElement()
        .asString()
        .startsWith("too late\nseed 9, after 1 history\n");
    assertThat(Configured.leases).isNotEmpty().containsOnly(Duration.ofSeconds(7));
  }

  static class Configured {

    static final Set<Duration> leases = ConcurrentHashMap.newKeySet();

    @SimulatedTest(seeds = 2, firstSeed = 9, leaseSeconds = 7)
    void fails(Simulation sim) throws Exception {
      sim.faults().none();
      sim.queue().partition("p").push(Task.of("t", "work"));
      for (Delivery delivery : sim.queue().partition("p").puller().pull(1, Duration.ZERO)) {
        leases.add(delivery.leaseRemaining());
      }
      throw new IOException("too late");
    }
  }

  @Test
  void oneHistoryIsRepeated() {
    Repeated.seen.clear();
    assertThat(run(Repeated.class).getTestsSucceededCount()).isOne();
    assertThat(Repeated.seen).containsExactly(1);
  }

  static class Repeated {

    static final List<Integer> seen = new CopyOnWriteArrayList<>();

    /** Without decisions each number is the lowest. */
    @SimulatedTest(repeat = "5::")
    void choosesTheLowest(Simulation sim) {
      seen.add(sim.upTo(1000));
    }
  }

  @Test
  void theNumberOfHistoriesIsReported() {
    List<String> reported = new CopyOnWriteArrayList<>();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(Correct.class)).build(),
            new TestExecutionListener() {
              @Override
              public void reportingEntryPublished(TestIdentifier test, ReportEntry entry) {
                entry.getKeyValuePairs().forEach((key, value) -> reported.add(key + "=" + value));
              }
            });
    assertThat(reported).containsExactly("histories=5");
  }

  @Test
  void otherParametersAreNotResolved() {
    assertThat(run(Misused.class).getFailures())
        .extracting(failure -> failure.getException().getMessage())
        .singleElement()
        .asString()
        .contains("No ParameterResolver registered for parameter");
  }

  static class Misused {

    @SimulatedTest(seeds = 1)
    void needsAnother(Simulation sim, String other) {
      sim.check(other, true);
    }
  }
}
