// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import dev.jetlane.micrometer.QueueMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The gauges of workers, and the example of the page about them; {@link SnippetsTest} compares. */
@Timeout(60)
class WorkerMetricsTest {

  private static final WorkerOptions ONE_ATTEMPT =
      WorkerOptions.concurrency(1)
          .withRetryPolicy(RetryPolicy.fixed(Duration.ZERO).givingUpOn(any -> true))
          .withFailureListener(ignored -> {});

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final QueueMetrics metrics = new QueueMetrics(registry);
  private final TaskQueue queue =
      InMemoryServer.create(new ManualClock()).connect(QueueConfig.defaults(), List.of(metrics));
  private final Partition gpu = queue.partition("gpu");
  private final CountDownLatch go = new CountDownLatch(1);
  private final CountDownLatch rendering = new CountDownLatch(1);

  @AfterEach
  void close() {
    go.countDown();
    queue.close();
  }

  @Test
  void showsAWorker() throws InterruptedException {
    push(5);
    try (Worker worker = gpu.work(this::render, WorkerOptions.concurrency(2).withFetchAhead(2))) {
      metrics.watch(worker);
      await(() -> gauge("running") == 2 && gauge("ahead") == 2);
      assertThat(gauge("concurrency")).isEqualTo(2);
      assertThat(worker.partition()).isEqualTo("gpu");
      assertThat(worker.concurrency()).isEqualTo(2);
      go.countDown();
      await(() -> gauge("running") == 0 && gauge("ahead") == 0);
      assertThat(gauge("concurrency")).isEqualTo(2);
    }
  }

  @Test
  void theWorkersOfAPartitionAreSummed() throws InterruptedException {
    push(3);
    try (Worker one = gpu.work(this::render, WorkerOptions.concurrency(1).withFetchAhead(0));
        Worker two = gpu.work(this::render, WorkerOptions.concurrency(2).withFetchAhead(0));
        Worker other = queue.partition("cpu").work(this::render, WorkerOptions.concurrency(7))) {
      metrics.watch(one);
      metrics.watch(two);
      metrics.watch(other);
      await(() -> gauge("running") == 3);
      assertThat(gauge("concurrency")).isEqualTo(3);
      go.countDown();
      one.close();
      assertThat(gauge("concurrency")).isEqualTo(2);
    }
    assertThat(gauge("concurrency")).isZero();
  }

  @Test
  void aSecondWatchOfAWorkerDoesNothing() {
    try (Worker worker = gpu.work(this::render, WorkerOptions.concurrency(4))) {
      metrics.watch(worker);
      metrics.watch(worker);
      assertThat(gauge("concurrency")).isEqualTo(4);
    }
  }

  @Test
  void aWorkerThatHasEndedNoLongerCounts() throws InterruptedException {
    push(1);
    Worker worker = gpu.work(this::renderWithoutInterrupt, WorkerOptions.concurrency(4));
    metrics.watch(worker);
    await(() -> rendering.getCount() == 0);
    assertThat(worker.drain(Duration.ZERO)).isFalse();
    assertThat(worker.running()).isEqualTo(1);
    assertThat(gauge("running")).isZero();
    assertThat(gauge("ahead")).isZero();
    assertThat(gauge("concurrency")).isZero();
    metrics.watch(worker);
    assertThat(gauge("concurrency")).isZero();
    worker = gpu.work(this::render, WorkerOptions.concurrency(3));
    metrics.watch(worker);
    assertThat(gauge("concurrency")).isEqualTo(3);
  }

  @Test
  void aWorkerThatHasEndedIsNotKeptAfterAReadOfAGauge() throws InterruptedException {
    WeakReference<Worker> ended = endedWorker();
    assertThat(gauge("concurrency")).isZero();
    await(() -> isCollected(ended));
  }

  @Test
  void aWorkerThatHasEndedIsNotKeptAfterTheNextWatch() throws InterruptedException {
    WeakReference<Worker> ended = endedWorker();
    metrics.watch(queue.partition("cpu").work(this::render, WorkerOptions.concurrency(1)));
    await(() -> isCollected(ended));
  }

  /** A method of its own, so that no local variable references the worker. */
  private WeakReference<Worker> endedWorker() {
    Worker worker = gpu.work(this::render, WorkerOptions.concurrency(1));
    metrics.watch(worker);
    worker.close();
    return new WeakReference<>(worker);
  }

  private static boolean isCollected(WeakReference<?> reference) {
    System.gc();
    return reference.refersTo(null);
  }

  /** As after a restart of the queue in a process. */
  @Test
  void theWorkersOfTheNextQueueReplaceTheGauges() {
    metrics.watch(gpu.work(this::render, WorkerOptions.concurrency(5)));
    QueueMetrics next = new QueueMetrics(registry);
    next.watch(gpu.work(this::render, WorkerOptions.concurrency(2)));
    assertThat(gauge("concurrency")).isEqualTo(2);
  }

  @Test
  void countsTheFailuresOfHandlersByException() throws InterruptedException {
    push(3);
    try (Worker worker =
        gpu.work(
            delivery -> {
              switch (delivery.taskId()) {
                case "task-0" -> throw new StackOverflowError();
                case "task-1" -> throw new IllegalStateException("as asked for");
                default -> {}
              }
            },
            ONE_ATTEMPT)) {
      await(() -> gpu.stats().dead() == 2 && gpu.stats().backlog() == 0);
    }
    assertThat(failures("StackOverflowError")).isEqualTo(1);
    assertThat(failures("IllegalStateException")).isEqualTo(1);
    assertThat(registry.find("jetlane.handler.failures").counters()).hasSize(2);
  }

  @Test
  void theFailureOfAnAsynchronousHandlerIsTheCause() throws InterruptedException {
    push(1);
    try (Worker worker =
        gpu.workAsync(
            delivery ->
                CompletableFuture.completedFuture(delivery)
                    .thenCompose(any -> CompletableFuture.failedFuture(new TimeoutException())),
            ONE_ATTEMPT)) {
      await(() -> gpu.stats().dead() == 1);
    }
    assertThat(failures("TimeoutException")).isEqualTo(1);
    assertThat(registry.find("jetlane.handler.failures").counters()).hasSize(1);
  }

  /** The example of the guide. */
  @Test
  void theSnippetOfTheGuideWorks() {
    Worker worker = gpu.work(this::render, WorkerOptions.concurrency(8));
    metrics.watch(worker);
    assertThat(gauge("concurrency")).isEqualTo(8);
  }

  private void push(int tasks) {
    gpu.pushAll(IntStream.range(0, tasks).mapToObj(i -> Task.of("task-" + i, "")).toList())
        .requireAllStored();
  }

  private void render(Delivery delivery) throws InterruptedException {
    go.await();
  }

  private void renderWithoutInterrupt(Delivery delivery) {
    rendering.countDown();
    while (go.getCount() > 0) {
      Thread.onSpinWait();
    }
  }

  private static void await(BooleanSupplier condition) {
    long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - endNanos).as("in time").isNegative();
      Thread.onSpinWait();
    }
  }

  private double gauge(String name) {
    return registry.get("jetlane.worker." + name).tag("partition", "gpu").gauge().value();
  }

  private double failures(String exception) {
    return registry
        .get("jetlane.handler.failures")
        .tags("partition", "gpu", "exception", exception)
        .counter()
        .count();
  }
}
