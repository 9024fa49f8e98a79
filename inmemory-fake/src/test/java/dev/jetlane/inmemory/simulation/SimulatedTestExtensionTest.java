// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.WorkerOptions;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
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
}
