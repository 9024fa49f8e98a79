// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.TaskQueueException;
import dev.jetlane.Worker;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The gauges of partitions and workers, second uses, and each meter's name and unit. */
class GaugesTest {

  private final MockClock clock = new MockClock();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);
  private final QueueMetrics metrics = new QueueMetrics(registry);
  private final List<String> asked = new ArrayList<>();
  private Supplier<Stats> stats = () -> new Stats(1, 2, 3, 4, 5);
  private Supplier<Optional<Duration>> age = () -> Optional.of(Duration.ofMillis(1_500));

  private static <T> T proxy(Class<T> type, Function<String, @Nullable Object> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "equals" -> proxy == arguments[0];
                  case "hashCode" -> System.identityHashCode(proxy);
                  default -> answers.apply(method.getName());
                }));
  }

  private Partition partition(String name) {
    return proxy(
        Partition.class,
        called -> {
          if (called.equals("name")) {
            return name;
          }
          asked.add(name + " " + called);
          return called.equals("stats") ? stats.get() : age.get();
        });
  }

  private static final class Work {

    Worker.State state = Worker.State.RUNNING;
    int running;
    int concurrency;
    int ahead;

    Work(int running, int concurrency, int ahead) {
      this.running = running;
      this.concurrency = concurrency;
      this.ahead = ahead;
    }

    private final Worker worker =
        proxy(
            Worker.class,
            called ->
                switch (called) {
                  case "partition" -> "gpu";
                  case "state" -> state;
                  case "running" -> running;
                  case "concurrency" -> concurrency;
                  default -> ahead;
                });
  }

  private double gauge(String name, String... tags) {
    return registry.get(name).tags(tags).gauge().value();
  }

  private double ready(String partition) {
    return gauge("jetlane.tasks", "partition", partition, "state", "ready");
  }

  private double oldest(String partition) {
    return gauge("jetlane.oldest.age", "partition", partition);
  }

  @Test
  void anAgeIsInSecondsAndZeroWithoutATask() {
    metrics.watch(partition("gpu"), 1000);
    assertThat(oldest("gpu")).isEqualTo(1.5);
    age = Optional::empty;
    assertThat(oldest("gpu")).as("within the interval").isEqualTo(1.5);
    clock.add(QueueMetrics.INTERVAL);
    assertThat(oldest("gpu")).isZero();
    assertThat(registry.get("jetlane.oldest.age").gauge().getId().getBaseUnit())
        .isEqualTo("seconds");
    assertThat(asked).containsExactly("gpu stats", "gpu oldestAge", "gpu stats", "gpu oldestAge");
  }

  /** Each partition has its own interval. */
  @Test
  void partitionsAreAskedIndependently() {
    metrics.watch(partition("a"), 1000);
    metrics.watch(partition("b"), 1000);
    assertThat(ready("a")).isEqualTo(1);
    clock.add(Duration.ofSeconds(6));
    assertThat(ready("b")).isEqualTo(1);
    clock.add(Duration.ofSeconds(4));
    asked.clear();
    assertThat(ready("a") + ready("b")).isEqualTo(2);
    assertThat(asked).containsExactly("a stats", "a oldestAge");
  }

  /** A failed request of one partition answers for the others, also if they answered before. */
  @Test
  void theOthersAreNotAskedUntilTheIntervalAfterAFailure() {
    metrics.watch(partition("a"), 1000);
    metrics.watch(partition("b"), 1000);
    assertThat(ready("b")).isEqualTo(1);
    clock.add(QueueMetrics.INTERVAL);
    stats =
        () -> {
          throw new QueueUnavailableException("down", null);
        };
    assertThat(ready("a")).isNaN();
    stats = () -> new Stats(7, 0, 0);
    assertThat(ready("b")).as("while the queue is taken for down").isNaN();
    clock.add(QueueMetrics.INTERVAL.minusNanos(1));
    assertThat(ready("a")).isNaN();
    clock.add(Duration.ofNanos(1));
    assertThat(ready("a")).isEqualTo(7);
    assertThat(ready("b")).isEqualTo(7);
  }

  /** A refusal comes immediately, and concerns one partition. */
  @Test
  void aPartitionWhoseCountsAreDeniedHidesNoOther() {
    metrics.watch(partition("a"), 1000);
    metrics.watch(partition("b"), 1000);
    Supplier<Stats> good = stats;
    for (TaskQueueException refusal :
        List.of(
            new PermissionDeniedException("denied", null),
            new QueueRejectedException("refused", null))) {
      stats =
          () -> {
            throw refusal;
          };
      assertThat(ready("a")).isNaN();
      stats = good;
      assertThat(ready("b")).isEqualTo(1);
      clock.add(QueueMetrics.INTERVAL);
    }
  }

  /** A request that fails by its timeout takes long, and the pause begins at its end. */
  @Test
  void theIntervalAfterAFailureBeginsAtItsEnd() {
    metrics.watch(partition("a"), 1000);
    metrics.watch(partition("b"), 1000);
    Supplier<Stats> good = stats;
    stats =
        () -> {
          clock.add(Duration.ofSeconds(4));
          throw new QueueUnavailableException("down", null);
        };
    assertThat(ready("a")).isNaN();
    stats = good;
    asked.clear();
    clock.add(QueueMetrics.INTERVAL.minusNanos(1));
    assertThat(ready("b")).isNaN();
    assertThat(asked).as("requests within the interval").isEmpty();
    metrics.watch(partition("c"), 1000);
    clock.add(Duration.ofNanos(1));
    assertThat(ready("c")).isEqualTo(1);
  }

  @Test
  void aFailedAgeHidesTheCountsUnlessOnlyThePermissionIsMissing() {
    age =
        () -> {
          throw new PermissionDeniedException("no", null);
        };
    metrics.watch(partition("gpu"), 1000);
    assertThat(oldest("gpu")).isNaN();
    assertThat(ready("gpu")).isEqualTo(1);
    age =
        () -> {
          throw new QueueUnavailableException("down", null);
        };
    clock.add(QueueMetrics.INTERVAL);
    assertThat(ready("gpu")).isNaN();
  }

  @Test
  void aClosedQueueIsNoOutageAndAllItsGaugesAreRemoved() {
    metrics.watch(partition("a"), 1000);
    metrics.watch(partition("b"), 1000);
    stats =
        () -> {
          throw new QueueClosedException("closed", null);
        };
    assertThat(ready("a")).isNaN();
    for (String name :
        List.of(
            "jetlane.tasks",
            "jetlane.tasks.redelivered",
            "jetlane.oldest.age",
            "jetlane.outstanding.limit")) {
      assertThat(registry.find(name).tag("partition", "a").gauges()).as(name).isEmpty();
      assertThat(registry.find(name).tag("partition", "b").gauges()).as(name).isNotEmpty();
    }
    stats = () -> new Stats(7, 0, 0);
    assertThat(ready("b")).isEqualTo(7);
  }

  @Test
  void theLimitOfTheLastWatchCounts() {
    metrics.watch(partition("gpu"), 1000);
    metrics.watch(partition("gpu"), 2000);
    assertThat(gauge("jetlane.outstanding.limit", "partition", "gpu")).isEqualTo(2000);
    assertThat(asked).as("watching asks nothing").isEmpty();
  }

  @Test
  void theWorkersOfAPartitionAreSummedUp() {
    Work first = new Work(1, 10, 100);
    Work second = new Work(2, 20, 200);
    metrics.watch(first.worker);
    metrics.watch(second.worker);
    metrics.watch(first.worker);
    assertThat(gauge("jetlane.worker.running", "partition", "gpu")).isEqualTo(3);
    assertThat(gauge("jetlane.worker.concurrency", "partition", "gpu")).isEqualTo(30);
    assertThat(gauge("jetlane.worker.ahead", "partition", "gpu")).isEqualTo(300);
    first.state = Worker.State.CLOSED;
    assertThat(gauge("jetlane.worker.concurrency", "partition", "gpu")).isEqualTo(20);
    second.state = Worker.State.DRAINING;
    second.running = 5;
    assertThat(gauge("jetlane.worker.running", "partition", "gpu")).isEqualTo(5);
    second.state = Worker.State.CLOSED;
    assertThat(gauge("jetlane.worker.running", "partition", "gpu")).isZero();
    Work third = new Work(4, 40, 400);
    metrics.watch(third.worker);
    assertThat(gauge("jetlane.worker.ahead", "partition", "gpu")).isEqualTo(400);
  }

  /** Several lost connections of one queue, and the first one of a second queue. */
  @Test
  void theConnectionOfEachQueueIsItsOwn() {
    metrics.connectionLost();
    metrics.connectionRestored();
    metrics.connectionLost();
    assertThat(registry.get("jetlane.connection.lost").counter().count()).isEqualTo(2);
    QueueMetrics other = new QueueMetrics(registry, Tags.of("queue", "other"));
    assertThat(gauge("jetlane.connected", "queue", "other")).isEqualTo(1);
    other.connectionLost();
    other.connectionRestored();
    assertThat(gauge("jetlane.connected", "queue", "other")).isEqualTo(1);
    assertThat(
            registry.find("jetlane.connected").gauges().stream()
                .filter(each -> each.getId().getTags().isEmpty())
                .map(each -> each.value()))
        .containsExactly(0.0);
  }

  @Test
  void settlementsAreCountedAndTimed() {
    Delivery gpu = proxy(Delivery.class, called -> called.equals("partition") ? "gpu" : null);
    Delivery cpu = proxy(Delivery.class, called -> called.equals("partition") ? "cpu" : null);
    Duration held = Duration.ofNanos(3);
    Duration took = Duration.ofNanos(1_000);
    metrics.acked(new QueueEvent.Acked(gpu, false, held, took));
    metrics.acked(new QueueEvent.Acked(gpu, true, held, took));
    metrics.givenBack(new QueueEvent.GivenBack(gpu, Duration.ofHours(1), held, took));
    metrics.deadLettered(new QueueEvent.DeadLettered(cpu, "bad", held, took));
    for (String outcome : List.of("acked", "given_back", "dead")) {
      for (String partition : List.of("gpu", "cpu")) {
        int wanted =
            partition.equals("cpu")
                ? (outcome.equals("dead") ? 1 : 0)
                : outcome.equals("acked") ? 2 : outcome.equals("given_back") ? 1 : 0;
        var timer =
            registry.find("jetlane.held").tags("partition", partition, "outcome", outcome).timer();
        assertThat(timer == null ? 0 : timer.count())
            .as("%s of %s", outcome, partition)
            .isEqualTo(wanted);
        assertThat(timer == null ? 0 : timer.totalTime(java.util.concurrent.TimeUnit.NANOSECONDS))
            .isEqualTo(3.0 * wanted);
      }
    }
    assertThat(registry.get("jetlane.acked.late").tag("partition", "gpu").counter().count())
        .isEqualTo(1);
  }

  /** Dashboards depend on them. A counter that exists from the start has no gap. */
  @Test
  void aWatchedPartitionHasAllItsMeters() {
    metrics.watch(partition("gpu"), 1000);
    metrics.watch(new Work(0, 0, 0).worker);
    List<String> lines = new ArrayList<>();
    for (Meter meter : registry.getMeters()) {
      Meter.Id id = meter.getId();
      List<Tag> tags = new ArrayList<>(id.getTags());
      tags.remove(Tag.of("partition", "gpu"));
      lines.add(id.getName() + " " + id.getType() + " " + tags + " " + id.getDescription());
    }
    assertThat(lines).doesNotHaveDuplicates().hasSize(27).allMatch(line -> !line.endsWith("null"));
    assertThat(registry.getMeters().stream().map(each -> each.getId().getName()).distinct())
        .containsExactlyInAnyOrder(
            "jetlane.connected",
            "jetlane.connection.lost",
            "jetlane.pushed",
            "jetlane.push.duplicates",
            "jetlane.push.failures",
            "jetlane.pulled",
            "jetlane.pull.failures",
            "jetlane.redelivered",
            "jetlane.extended",
            "jetlane.lease.lost",
            "jetlane.acked.late",
            "jetlane.settle.failures",
            "jetlane.dead.lettered",
            "jetlane.held",
            "jetlane.tasks",
            "jetlane.tasks.redelivered",
            "jetlane.oldest.age",
            "jetlane.outstanding.limit",
            "jetlane.worker.running",
            "jetlane.worker.concurrency",
            "jetlane.worker.ahead");
  }

  @Test
  @SuppressWarnings("NullAway") // the subject of the test
  void tagsAreNeeded() {
    assertThatThrownBy(() -> new QueueMetrics(registry, null))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("tags null");
    assertThat(QueueMetrics.INTERVAL).isEqualTo(Duration.ofSeconds(10));
  }
}
