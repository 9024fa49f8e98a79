// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.jetlane.AsyncTaskHandler;
import dev.jetlane.BatchHandler;
import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.TaskHandler;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.run.Requires;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineTestKit;

/**
 * A rule must not pass without reaching its check. In one queue here no task is handed out, in the
 * other no fault happens; only rules that need neither may pass.
 */
class HollowQueueTest {

  private static final String PATIENCE = "jetlane.conformance.patienceMillis";

  /**
   * Rules about counts, refusals, receipts and health, and about typed partitions, which are not
   * hollow here.
   */
  private static final Set<String> NEED_NO_DELIVERY =
      Set.of(
          "ATOMIC-6",
          "DELAY-11",
          "DELAY-13",
          "DELAY-6",
          "DELAY-7",
          "EXP-3",
          "FAULT-14",
          "FAULT-20",
          "FAULT-7",
          "INPUT-1",
          "INPUT-2",
          "KEEP-6",
          "LIFE-8",
          "LIST-4",
          "LIST-5",
          "LIST-6",
          "DEAD-31",
          "PART-11",
          "PART-4",
          "PART-6",
          "PART-9",
          "PAUSE-4",
          "PAUSE-5",
          "PAUSE-6",
          "PRIO-12",
          "PRIO-13",
          "PRIO-14",
          "PRIO-8",
          "PRIO-9",
          "RACE-3",
          "RACE-6",
          "STATS-10",
          "STATS-5",
          "STATS-8",
          "STATS-9",
          "TYPED-1",
          "TYPED-2",
          "TYPED-3",
          "TYPED-4");

  static class HollowSuite extends TaskQueueConformance {
    @Override
    protected Harness harness() {
      return BrokenHarness.of(
          new Layers(
              HollowQueueTest::handsNothingToWorkers, HollowQueueTest::pullsNothing, d -> d));
    }
  }

  static class FaultlessSuite extends TaskQueueConformance {
    @Override
    protected Harness harness() {
      return new BrokenHarness(queue -> queue) {
        @Override
        public FaultHands faults() {
          return new NoFaults(super.faults());
        }
      };
    }
  }

  /** Faults that are declared and do nothing. */
  private record NoFaults(FaultHands others) implements FaultHands {

    @Override
    public boolean can(Exchange exchange, Harm harm) {
      return others.can(exchange, harm);
    }

    @Override
    public void next(Exchange exchange, Harm harm) {}

    @Override
    public int happened() {
      return 0;
    }

    @Override
    public void disarm() {}

    @Override
    public void delayAnswers(Duration time) {}

    @Override
    public void disconnect() {}

    @Override
    public void reconnect() {}
  }

  private static Puller pullsNothing(Puller puller) {
    return new DelegatingPuller(puller) {
      @Override
      public List<Delivery> pull(int max, Duration wait) {
        return new ArrayList<>();
      }

      @Override
      public CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait) {
        return CompletableFuture.completedFuture(new ArrayList<>());
      }
    };
  }

  /** The worker itself acks everything. */
  private static Partition handsNothingToWorkers(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Worker work(TaskHandler handler, WorkerOptions options) {
        return super.work(delivery -> {}, options);
      }

      @Override
      public Worker workAsync(AsyncTaskHandler handler, WorkerOptions options) {
        return super.workAsync(delivery -> CompletableFuture.completedFuture(null), options);
      }

      @Override
      public Worker workBatches(
          BatchHandler handler, int maxSize, Duration maxWait, WorkerOptions options) {
        return super.workBatches(batch -> Map.of(), maxSize, maxWait, options);
      }
    };
  }

  @Test
  void rulesAboutDeliveriesFailWithoutOne() {
    assertThat(passed(HollowSuite.class)).isNotEmpty().isSubsetOf(NEED_NO_DELIVERY);
  }

  @Test
  void rulesAboutFaultsFailWithoutOne() {
    assertThat(passed(FaultlessSuite.class))
        .isNotEmpty()
        .doesNotContainAnyElementsOf(rulesAboutFaults());
  }

  private static Set<String> rulesAboutFaults() {
    return RuleIndex.properties().entrySet().stream()
        .filter(rule -> needsFaults(rule.getValue()))
        .map(rule -> rule.getKey())
        .collect(Collectors.toSet());
  }

  private static boolean needsFaults(Method property) {
    Requires needed = property.getAnnotation(Requires.class);
    return needed != null && List.of(needed.value()).contains(Capability.FAULTS);
  }

  /** Returns the rules that pass, with a short limit, because some queues never answer. */
  private static Set<String> passed(Class<?> suite) {
    System.setProperty(PATIENCE, "300");
    try {
      return EngineTestKit.engine("jqwik")
          .selectors(selectClass(suite))
          .configurationParameter("jqwik.tries.default", "20")
          .configurationParameter("jqwik.database", "target/jqwik-database-of-mutants")
          .configurationParameter("jqwik.shrinking.bounded.seconds", "1")
          .configurationParameter("jqwik.reporting.usejunitplatform", "true")
          .execute()
          .testEvents()
          .succeeded()
          .stream()
          .map(event -> event.getTestDescriptor().getDisplayName().split(" ", 2)[0])
          .collect(Collectors.toCollection(TreeSet::new));
    } finally {
      System.clearProperty(PATIENCE);
    }
  }
}
