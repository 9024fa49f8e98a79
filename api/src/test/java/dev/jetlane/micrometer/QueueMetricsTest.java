// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class QueueMetricsTest {

  private final MockClock clock = new MockClock();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);
  private final QueueMetrics metrics = new QueueMetrics(registry);

  @Test
  void countsTheEvents() {
    Delivery delivery = delivery("gpu");
    QueueUnavailableException error = new QueueUnavailableException("gone", null);
    metrics.pushed(new QueueEvent.Pushed("gpu", "a", false));
    metrics.pushed(new QueueEvent.Pushed("gpu", "a", true));
    metrics.pushFailed(new QueueEvent.PushFailed("gpu", "b", error));
    metrics.pulled(new QueueEvent.Pulled("gpu", List.of(delivery, delivery, delivery)));
    metrics.pulled(new QueueEvent.Pulled("gpu", List.of()));
    metrics.pullFailed(new QueueEvent.PullFailed("gpu", error));
    metrics.redelivered(new QueueEvent.Redelivered(delivery));
    metrics.extended(new QueueEvent.Extended(delivery));
    metrics.leaseLost(new QueueEvent.LeaseLost(delivery));
    metrics.settleFailed(new QueueEvent.SettleFailed(delivery, error));
    metrics.exhausted(new QueueEvent.Exhausted("gpu", "c"));
    metrics.acked(new QueueEvent.Acked(delivery, false, Duration.ofMillis(30), Duration.ZERO));
    metrics.acked(new QueueEvent.Acked(delivery, true, Duration.ofMillis(10), Duration.ZERO));
    metrics.givenBack(
        new QueueEvent.GivenBack(delivery, Duration.ZERO, Duration.ofNanos(5), Duration.ZERO));
    metrics.deadLettered(
        new QueueEvent.DeadLettered(delivery, "no good", Duration.ofNanos(7), Duration.ZERO));
    assertThat(count("jetlane.pushed")).isEqualTo(1);
    assertThat(count("jetlane.push.duplicates")).isEqualTo(1);
    assertThat(count("jetlane.push.failures")).isEqualTo(1);
    assertThat(count("jetlane.pulled")).isEqualTo(3);
    assertThat(count("jetlane.pull.failures")).isEqualTo(1);
    assertThat(count("jetlane.redelivered")).isEqualTo(1);
    assertThat(count("jetlane.extended")).isEqualTo(1);
    assertThat(count("jetlane.lease.lost")).isEqualTo(1);
    assertThat(count("jetlane.acked.late")).isEqualTo(1);
    assertThat(count("jetlane.settle.failures")).isEqualTo(1);
    assertThat(count("jetlane.dead.lettered", "cause", "exhausted")).isEqualTo(1);
    assertThat(count("jetlane.dead.lettered", "cause", "rejected")).isEqualTo(1);
    assertThat(held("acked")).isEqualTo(40e6);
    assertThat(held("given_back")).isEqualTo(5);
    assertThat(held("dead")).isEqualTo(7);
  }

  @Test
  void showsTheConnection() {
    assertThat(gauge("jetlane.connected")).isEqualTo(1);
    metrics.connectionLost();
    assertThat(gauge("jetlane.connected")).isEqualTo(0);
    assertThat(registry.get("jetlane.connection.lost").counter().count()).isEqualTo(1);
    metrics.connectionRestored();
    assertThat(gauge("jetlane.connected")).isEqualTo(1);
  }

  @Test
  void theGaugesOfAPartitionAskOncePerInterval() {
    AtomicInteger asked = new AtomicInteger();
    metrics.watch(partition("gpu", () -> new Stats(asked.incrementAndGet(), 5, 3, 4, 2)), 1000);
    assertThat(tasks("gpu", "ready")).isEqualTo(1);
    assertThat(tasks("gpu", "outstanding")).isEqualTo(5);
    assertThat(tasks("gpu", "dead")).isEqualTo(2);
    assertThat(tasks("gpu", "delayed")).isEqualTo(4);
    assertThat(gauge("jetlane.tasks.redelivered", "partition", "gpu")).isEqualTo(3);
    assertThat(gauge("jetlane.oldest.age", "partition", "gpu")).isEqualTo(90);
    assertThat(gauge("jetlane.outstanding.limit", "partition", "gpu")).isEqualTo(1000);
    clock.add(QueueMetrics.INTERVAL.minusNanos(1));
    assertThat(tasks("gpu", "ready")).isEqualTo(1);
    clock.add(Duration.ofNanos(1));
    assertThat(tasks("gpu", "ready")).isEqualTo(2);
    assertThat(asked).hasValue(2);
  }

  @Test
  void withoutThePermissionForTheOldestTaskTheCountsAreShown() {
    metrics.watch(partition("forbidden", () -> new Stats(7, 0, 0)), 1000);
    assertThat(tasks("forbidden", "ready")).isEqualTo(7);
    assertThat(gauge("jetlane.oldest.age", "partition", "forbidden")).isNaN();
  }

  @Test
  void countsFailedHandlersByTheirException() {
    Handling handling = metrics.handling(delivery("gpu"));
    handling.ended(null);
    assertThat(registry.find("jetlane.handler.failures").counters()).isEmpty();
    handling.ended(new IllegalStateException("one"));
    handling.ended(new IllegalStateException("two"));
    handling.ended(new StackOverflowError());
    assertThat(failures("gpu", "IllegalStateException")).isEqualTo(2);
    assertThat(failures("gpu", "StackOverflowError")).isEqualTo(1);
    metrics.handling(delivery("cpu")).ended(new IllegalStateException("three"));
    assertThat(failures("cpu", "IllegalStateException")).isEqualTo(1);
    assertThat(failures("gpu", "IllegalStateException")).isEqualTo(2);
  }

  /** Every task has a handling, so it is shared. */
  @Test
  void theHandlingsOfAPartitionAreOneObject() {
    assertThat(metrics.handling(delivery("gpu"))).isSameAs(metrics.handling(delivery("gpu")));
    assertThat(metrics.handling(delivery("gpu"))).isNotSameAs(metrics.handling(delivery("cpu")));
  }

  /** Such a class has an empty simple name, and Prometheus drops an empty label. */
  @Test
  void anAnonymousExceptionHasTheNameOfItsClass() {
    RuntimeException anonymous = new RuntimeException() {};
    metrics.handling(delivery("gpu")).ended(anonymous);
    String name = getClass().getName() + "$1";
    assertThat(failures("gpu", name)).isEqualTo(1);
  }

  @Test
  void afterAHundredExceptionsOfAPartitionTheRestIsOther() {
    HandlerFailures gpu = new HandlerFailures(registry, Tags.of("partition", "gpu"));
    for (int twice = 0; twice < 2; twice++) {
      for (int i = 0; i < 102; i++) {
        gpu.count("Failure" + i);
      }
    }
    assertThat(registry.find("jetlane.handler.failures").counters()).hasSize(101);
    assertThat(failures("gpu", "Failure0")).isEqualTo(2);
    assertThat(failures("gpu", "Failure99")).isEqualTo(2);
    assertThat(failures("gpu", "other")).isEqualTo(4);
    new HandlerFailures(registry, Tags.of("partition", "cpu")).count("Failure101");
    assertThat(failures("cpu", "Failure101")).isEqualTo(1);
  }

  @Test
  void theLastWatchedPartitionCounts() {
    metrics.watch(partition("gpu", () -> new Stats(1, 0, 0)), 1000);
    metrics.watch(partition("gpu", () -> new Stats(2, 0, 0)), 1000);
    assertThat(tasks("gpu", "ready")).isEqualTo(2);
    assertThat(
            registry.getMeters().stream().filter(m -> m.getId().getName().equals("jetlane.tasks")))
        .hasSize(4);
  }

  /** A queue that was closed and opened again. Alerts depend on these gauges. */
  @Test
  void aSecondQueueOnTheSameRegistryReplacesTheFirst() {
    metrics.watch(partition("gpu", QueueMetricsTest::closed), 1000);
    metrics.connectionLost();
    assertThat(tasks("gpu", "ready")).isNaN();
    QueueMetrics next = new QueueMetrics(registry);
    next.watch(partition("gpu", () -> new Stats(3, 0, 0)), 1000);
    assertThat(tasks("gpu", "ready")).isEqualTo(3);
    assertThat(gauge("jetlane.oldest.age", "partition", "gpu")).isEqualTo(90);
    assertThat(gauge("jetlane.connected")).isEqualTo(1);
    next.connectionLost();
    assertThat(gauge("jetlane.connected")).isEqualTo(0);
  }

  @Test
  void theGaugesOfAClosedQueueAreRemoved() {
    metrics.watch(partition("gpu", QueueMetricsTest::closed), 1000);
    assertThat(tasks("gpu", "ready")).isNaN();
    assertThat(registry.find("jetlane.tasks").gauges()).isEmpty();
    assertThat(registry.find("jetlane.oldest.age").gauges()).isEmpty();
  }

  private static Stats closed() {
    throw new QueueClosedException("the queue is closed", null);
  }

  /** Counts from before an outage would hide it. */
  @Test
  void countsAreUnknownWhileTheQueueDoesNotAnswer() {
    AtomicBoolean down = new AtomicBoolean();
    Supplier<Stats> stats =
        () -> {
          if (down.get()) {
            throw new QueueUnavailableException("down", null);
          }
          return new Stats(7, 0, 0);
        };
    metrics.watch(partition("gpu", stats), 1000);
    assertThat(tasks("gpu", "ready")).isEqualTo(7);
    down.set(true);
    clock.add(QueueMetrics.INTERVAL);
    assertThat(tasks("gpu", "ready")).isNaN();
    down.set(false);
    clock.add(QueueMetrics.INTERVAL);
    assertThat(tasks("gpu", "ready")).isEqualTo(7);
  }

  /** A scrape of 500 partitions must wait for one request timeout, not for 500. */
  @Test
  void aQueueThatDoesNotAnswerIsAskedOnce() {
    AtomicInteger asked = new AtomicInteger();
    Supplier<Stats> down =
        () -> {
          asked.incrementAndGet();
          throw new QueueUnavailableException("down", null);
        };
    for (int i = 0; i < 500; i++) {
      metrics.watch(partition("p" + i, down), 1000);
    }
    for (int i = 0; i < 500; i++) {
      assertThat(tasks("p" + i, "ready")).isNaN();
    }
    assertThat(asked).hasValue(1);
    clock.add(QueueMetrics.INTERVAL);
    assertThat(tasks("p7", "ready")).isNaN();
    assertThat(asked).hasValue(2);
  }

  @Test
  void tagsAreOnEveryMeter() {
    SimpleMeterRegistry tagged = new SimpleMeterRegistry();
    QueueMetrics both = new QueueMetrics(tagged, Tags.of("queue", "main"));
    both.watch(partition("gpu", () -> new Stats(0, 0, 0)), 1000);
    assertThat(tagged.getMeters())
        .hasSizeGreaterThan(15)
        .allSatisfy(meter -> assertThat(meter.getId().getTag("queue")).isEqualTo("main"));
  }

  @Test
  @SuppressWarnings("NullAway") // the subject of the test
  void nullIsRefused() {
    assertThatThrownBy(() -> new QueueMetrics(null)).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> metrics.watch(null, 1)).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> metrics.watch(null)).isInstanceOf(InvalidInputException.class);
  }

  private double count(String name, String... tags) {
    return registry.get(name).tag("partition", "gpu").tags(tags).counter().count();
  }

  private double failures(String partition, String exception) {
    return registry
        .get("jetlane.handler.failures")
        .tags("partition", partition, "exception", exception)
        .counter()
        .count();
  }

  private double held(String outcome) {
    return registry
        .get("jetlane.held")
        .tags("partition", "gpu", "outcome", outcome)
        .timer()
        .totalTime(TimeUnit.NANOSECONDS);
  }

  private double tasks(String partition, String state) {
    return gauge("jetlane.tasks", "partition", partition, "state", state);
  }

  private double gauge(String name, String... tags) {
    return registry.get(name).tags(tags).gauge().value();
  }

  private static Delivery delivery(String partition) {
    return proxy(Delivery.class, name -> name.equals("partition") ? partition : null);
  }

  private static Partition partition(String name, Supplier<Stats> stats) {
    return proxy(
        Partition.class,
        called ->
            switch (called) {
              case "name" -> name;
              case "stats" -> stats.get();
              case "oldestAge" -> oldestAge(name);
              default -> throw new UnsupportedOperationException(called);
            });
  }

  private static Optional<Duration> oldestAge(String partition) {
    if (partition.equals("forbidden")) {
      throw new PermissionDeniedException("no", null);
    }
    return Optional.of(Duration.ofSeconds(90));
  }

  private interface Answers {
    @Nullable Object to(String method);
  }

  private static <T> T proxy(Class<T> type, Answers answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> answers.to(method.getName())));
  }
}
