// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers on the fake: deterministic, step by step, and under faults. */
@Timeout(60)
class WorkerTest {

  private static final WorkerOptions ONE =
      WorkerOptions.concurrency(1).withRetryPolicy(RetryPolicy.fixed(Duration.ofMinutes(1)));

  private final ManualClock clock = new ManualClock();
  private final InMemoryServer server = InMemoryServer.create(clock);
  private final TaskQueue queue = server.connect(QueueConfig.defaults());
  private final Partition gpu = queue.partition("gpu");
  private final Queue<String> handled = new ConcurrentLinkedQueue<>();
  private final Queue<WorkerFailure> failures = new ConcurrentLinkedQueue<>();

  @AfterEach
  void close() {
    queue.close();
  }

  private void handle(Delivery delivery) {
    handled.add(delivery.taskId() + " " + clock.now().getEpochSecond() % 86_400);
    if (delivery.taskId().startsWith("bad") && delivery.attempt() < 3) {
      throw new IllegalStateException("as asked for");
    }
  }

  @Test
  void aHandlerThatAlwaysThrowsDoesNotUseUpItsAttemptsWithinAMinute() throws InterruptedException {
    AtomicInteger attempts = new AtomicInteger();
    WorkerOptions options = WorkerOptions.concurrency(1).withFailureListener(failures::add);
    try (Worker worker =
        gpu.work(
            delivery -> {
              attempts.incrementAndGet();
              throw new IllegalStateException("as asked for");
            },
            options)) {
      gpu.push(Task.of("poison", ""));
      for (int second = 0; second < 60; second++) {
        server.awaitWorkers();
        clock.advance(Duration.ofSeconds(1));
      }
      server.awaitWorkers();
      assertThat(worker.state()).isEqualTo(Worker.State.RUNNING);
      assertThat(attempts.get()).isBetween(5, 10);
      assertThat(gpu.stats().dead()).isZero();
    }
  }

  @Test
  void theLoopOfTheReadmeDoesNotUseUpTheAttemptsOfATaskWithinAMinute() throws InterruptedException {
    int attempts = 0;
    gpu.push(Task.of("poison", ""));
    long end = clock.now().getEpochSecond() + 60;
    try (Puller puller = gpu.puller()) {
      while (clock.now().getEpochSecond() < end) {
        for (Delivery delivery : puller.pull(10, Duration.ZERO)) {
          attempts++;
          delivery.close();
        }
        clock.advance(Duration.ofMillis(100));
      }
    }
    assertThat(attempts).isBetween(5, 10);
    assertThat(gpu.stats().dead()).isZero();
  }

  @Test
  void retriesHappenAtTheirInstantsWhenTheClockMovesStepByStep() throws InterruptedException {
    try (Worker worker = gpu.work(this::handle, ONE)) {
      gpu.push(Task.of("bad", ""));
      server.awaitWorkers();
      while (clock.now().isBefore(ManualClock.DEFAULT_START.plusSeconds(121))) {
        clock.advance(Duration.ofSeconds(1));
        server.awaitWorkers();
      }
      assertThat(handled).containsExactly("bad 0", "bad 60", "bad 120");
      assertThat(worker.running()).isZero();
      assertThat(server.tasks("gpu")).isEmpty();
    }
  }

  @Test
  void anExecutorOnTheCallersThreadMayRunAnyNumberOfTasks() throws InterruptedException {
    List<Task> tasks = IntStream.range(0, 10_000).mapToObj(i -> Task.of("task-" + i, "")).toList();
    gpu.pushAll(tasks).requireAllStored();
    WorkerOptions here =
        WorkerOptions.concurrency(1)
            .withFetchAhead(9_999)
            .withExecutor(Runnable::run)
            .withFailureListener(failures::add);
    try (Worker worker = gpu.work(delivery -> handled.add(delivery.taskId()), here)) {
      server.awaitWorkers();
      assertThat(worker.running()).isZero();
    }
    assertThat(failures).isEmpty();
    assertThat(handled).hasSize(10_000);
    assertThat(server.tasks("gpu")).isEmpty();
  }

  /** Starts a worker whose handler waits until {@code go} is counted down. */
  private Worker stuck(WorkerOptions options, CountDownLatch go) throws InterruptedException {
    CountDownLatch started = new CountDownLatch(1);
    Worker worker =
        gpu.work(
            delivery -> {
              started.countDown();
              go.await();
              handled.add(delivery.taskId());
            },
            options.withFailureListener(failures::add));
    gpu.push(Task.of("slow", ""));
    started.await();
    return worker;
  }

  private long failuresOf(WorkerFailure.Kind kind) {
    return failures.stream().filter(failure -> failure.kind() == kind).count();
  }

  @Test
  void aCloseLetsItsHandlersFinish() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    Worker worker = stuck(ONE, go);
    Thread closing = new Thread(worker::close);
    closing.start();
    await(() -> worker.state() != Worker.State.RUNNING);
    go.countDown();
    closing.join(30_000);
    assertThat(handled).containsExactly("slow");
    assertThat(server.tasks("gpu")).isEmpty();
  }

  @Test
  void oneHungHandlerIsAProblemAndNoOutage() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    WorkerOptions two = ONE.withConcurrency(2).withHungAfter(Duration.ofMinutes(1));
    try (Worker worker = stuck(two.withKeepFor(Duration.ofHours(1)), go)) {
      clock.advance(Duration.ofMinutes(2));
      assertThat(worker.health().problems()).singleElement().asString().contains("1 of 2");
      assertThat(worker.health().ready()).isTrue();
      go.countDown();
      await(() -> worker.health().problems().isEmpty());
    }
  }

  @Test
  void aHandlerWithoutItsLeaseIsReportedOnceAndShown() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    try (Worker worker = stuck(ONE.withKeepFor(Duration.ZERO), go)) {
      Duration lease = QueueConfig.defaults().lease();
      for (int i = 0; i < 3; i++) {
        clock.advance(lease.plusSeconds(1));
        await(() -> failuresOf(WorkerFailure.Kind.LEASE_LOST) > 0);
      }
      assertThat(failuresOf(WorkerFailure.Kind.LEASE_LOST)).isEqualTo(1);
      assertThat(worker.health().problems())
          .anyMatch(text -> text.contains("expired, but its handler still runs"));
      go.countDown();
    }
  }

  @Test
  void anExecutorThatRefusedIsAskedAgain() throws InterruptedException {
    AtomicBoolean refuses = new AtomicBoolean(true);
    WorkerOptions options =
        ONE.withExecutor(
            task -> {
              if (refuses.get()) {
                throw new RejectedExecutionException("as asked for");
              }
              new Thread(task, "handler").start();
            });
    try (Worker worker = gpu.work(this::handle, options.withFailureListener(failures::add))) {
      gpu.push(Task.of("task", ""));
      await(() -> !worker.health().ready());
      refuses.set(false);
      clock.advance(Duration.ofSeconds(1));
      server.awaitWorkers();
      assertThat(handled).hasSize(1);
      assertThat(worker.health().problems()).isEmpty();
    }
  }

  @Test
  void theEndWithItsQueueIsReported() throws InterruptedException {
    Worker worker = gpu.work(this::handle, ONE.withFailureListener(failures::add));
    server.awaitWorkers();
    queue.close();
    assertThat(worker.state()).isEqualTo(Worker.State.CLOSED);
    assertThat(failuresOf(WorkerFailure.Kind.STOPPED)).isEqualTo(1);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long untilNanos = System.nanoTime() + 30_000_000_000L;
    CountDownLatch never = new CountDownLatch(1);
    while (!condition.getAsBoolean() && System.nanoTime() - untilNanos < 0) {
      boolean unused = never.await(1, TimeUnit.MILLISECONDS);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  @Test
  void awaitsWorkersInEveryState() throws InterruptedException {
    try (Worker first = gpu.work(this::handle, ONE);
        Worker second = gpu.work(this::handle, ONE)) {
      server.awaitWorkers();
      first.pause();
      server.awaitWorkers();
      server.faults().disconnect();
      server.awaitWorkers();
      server.faults().reconnect();
      second.close();
      first.resume();
      gpu.push(Task.of("a", ""));
      server.awaitWorkers();
      assertThat(handled).hasSize(1);
    }
    server.awaitWorkers();
  }

  @Test
  void aFailingPullIsReportedAndRepeatedAfterGrowingPauses() throws InterruptedException {
    WorkerOptions options = ONE.withFailureListener(failures::add);
    try (Worker worker = gpu.work(this::handle, options)) {
      server.awaitWorkers();
      server.faults().disconnect();
      server.awaitWorkers();
      assertThat(worker.health().ready()).isFalse();
      assertThat(worker.health().problems()).singleElement().asString().contains("disconnected");
      for (int seconds = 0; seconds < 60; seconds++) {
        clock.advance(Duration.ofSeconds(1));
        server.awaitWorkers();
      }
      assertThat(failures)
          .singleElement()
          .satisfies(
              failure -> {
                assertThat(failure.kind()).isEqualTo(WorkerFailure.Kind.PULL_FAILED);
                assertThat(failure.cause()).isInstanceOf(QueueUnavailableException.class);
              });
      server.faults().reconnect();
      clock.advance(Duration.ofSeconds(2));
      server.awaitWorkers();
      assertThat(worker.health().ready()).isTrue();
      assertThat(worker.state()).isEqualTo(Worker.State.RUNNING);
      gpu.push(Task.of("a", ""));
      server.awaitWorkers();
      assertThat(handled).hasSize(1);
    }
  }

  @Test
  void aWorkerContinuesWithARestoredPartition() throws InterruptedException {
    try (Worker worker = gpu.work(this::handle, ONE)) {
      server.awaitWorkers();
      server.faults().deleteConsumer("gpu");
      server.awaitWorkers();
      assertThat(worker.health().ready()).isFalse();
      gpu.push(Task.of("a", ""));
      clock.advance(Duration.ofSeconds(2));
      server.awaitWorkers();
      assertThat(handled).hasSize(1);
      assertThat(worker.health().ready()).isTrue();
    }
  }

  @Test
  void anAckWhoseConfirmationIsLostIsAckedAgain() throws InterruptedException {
    WorkerOptions options = ONE.withFailureListener(failures::add);
    try (Worker worker = gpu.work(this::handle, options)) {
      server.faults().loseNext(Faults.Call.ACK);
      gpu.push(Task.of("a", ""));
      server.awaitWorkers();
      assertThat(server.tasks("gpu")).isEmpty();
      assertThat(failures).isEmpty();
      assertThat(worker.health().ready()).isTrue();
    }
  }

  @Test
  void aFailedTaskThatCannotBeGivenBackIsRedeliveredAfterItsLease() throws InterruptedException {
    WorkerOptions options = ONE.withFailureListener(failures::add);
    try (Worker worker = gpu.work(this::handle, options)) {
      server.awaitWorkers();
      server.faults().loseNext(Faults.Call.NAK);
      gpu.push(Task.of("bad", ""));
      server.awaitWorkers();
      assertThat(failures).singleElement().asString().contains("lease expires");
      clock.advance(QueueConfig.defaults().lease());
      server.awaitWorkers();
      assertThat(handled).hasSize(2);
      assertThat(worker.health().ready()).isTrue();
    }
  }

  @Test
  void withoutVirtualThreadsAnExecutorStays() {
    WorkerOptions none = ONE.withExecutor(Runnable::run).withVirtualThreads(false);
    assertThat(none.virtualThreads()).isFalse();
    assertThat(none.executor()).isPresent();
    if (Runtime.version().feature() >= 21) {
      WorkerOptions back = none.withVirtualThreads(true).withVirtualThreads(false);
      assertThat(back.virtualThreads()).isFalse();
      assertThat(back.executor()).isEmpty();
    }
  }

  @Test
  void virtualThreadsRunTheHandlersWhereTheJdkHasThem() throws InterruptedException {
    if (Runtime.version().feature() < 21) {
      assertThatThrownBy(() -> ONE.withVirtualThreads(true))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("need JDK 21");
      return;
    }
    List<String> threads = new CopyOnWriteArrayList<>();
    try (Worker worker =
        gpu.work(
            delivery -> threads.add(Thread.currentThread().toString()),
            ONE.withVirtualThreads(true))) {
      gpu.push(Task.of("a", ""));
      server.awaitWorkers();
      assertThat(threads).singleElement().asString().startsWith("VirtualThread[");
      assertThat(threads.get(0)).contains("jetlane-handler-gpu");
      assertThat(worker.health().ready()).isTrue();
    }
  }

  @Test
  void anExecutorThatRefusesCostsNoAttempt() throws InterruptedException {
    AtomicInteger refusals = new AtomicInteger(3);
    WorkerOptions options =
        ONE.withFailureListener(failures::add)
            .withExecutor(
                task -> {
                  if (refusals.getAndDecrement() > 0) {
                    throw new RejectedExecutionException("full");
                  }
                  task.run();
                });
    try (Worker worker = gpu.work(this::handle, options)) {
      gpu.push(Task.of("a", ""));
      await(() -> refusals.get() == 2); // The worker keeps the lease, and waits for time to pass.
      clock.advance(Duration.ofMillis(100));
      await(() -> refusals.get() == 1);
      clock.advance(Duration.ofMillis(200));
      await(() -> refusals.get() == 0);
      clock.advance(Duration.ofMillis(400));
      server.awaitWorkers();
      assertThat(handled).hasSize(1);
      assertThat(server.events()).noneMatch(event -> event.contains("attempt 2"));
      assertThat(failures).hasSize(1);
      assertThat(worker.health().ready()).isTrue();
    }
  }

  @Test
  void aFailingPolicyAndAFailingListenerAreSurvived() throws InterruptedException {
    WorkerOptions options =
        WorkerOptions.concurrency(1)
            .withRetryPolicy(
                (attempt, failure) -> {
                  throw new IllegalStateException("no policy");
                })
            .withFailureListener(
                failure -> {
                  throw new AssertionError("no listener");
                });
    try (Worker worker = gpu.work(this::handle, options)) {
      gpu.push(Task.of("bad", ""));
      for (int i = 0; i < 3; i++) {
        server.awaitWorkers();
        clock.advance(Duration.ofSeconds(1));
      }
      server.awaitWorkers();
      assertThat(handled).containsExactly("bad 0", "bad 1", "bad 2");
      assertThat(worker.health().ready()).isTrue();
    }
  }

  @Test
  void aRunningWorkerIsALeak() throws InterruptedException {
    Worker worker = gpu.work(this::handle, ONE);
    server.awaitWorkers();
    assertThat(server.leaks()).contains("unclosed worker of partition gpu, RUNNING");
    worker.pause();
    assertThat(server.leaks()).contains("unclosed worker of partition gpu, PAUSED");
    worker.close();
    assertThat(server.leaks()).isEmpty();
  }

  @Test
  void aWorkerEndsWithItsQueueAndReportsTheReason() throws InterruptedException {
    CountDownLatch told = new CountDownLatch(1);
    Worker worker = gpu.work(this::handle, ONE.withFailureListener(failure -> told.countDown()));
    server.awaitWorkers();
    queue.close();
    told.await();
    assertThat(worker.state()).isEqualTo(Worker.State.CLOSED);
    assertThat(worker.health().live()).isFalse();
    assertThat(worker.health().problems()).singleElement().asString().contains("closed");
  }

  @Test
  void theTimeOfAnAutomaticClockMovesForWorkers() throws Exception {
    InMemoryServer automatic = InMemoryServer.create(ManualClock.automatic());
    CountDownLatch third = new CountDownLatch(3);
    try (TaskQueue client = automatic.connect(QueueConfig.defaults())) {
      Worker worker =
          client
              .partition("p")
              .work(
                  delivery -> {
                    third.countDown();
                    throw new IllegalStateException("again");
                  },
                  ONE.withRetryPolicy(RetryPolicy.fixed(Duration.ofHours(1))));
      client.partition("p").push(Task.of("a", ""));
      third.await();
      worker.close();
    }
  }

  @Test
  void refusesInvalidOptions() {
    List<Supplier<?>> bad =
        List.of(
            () -> WorkerOptions.concurrency(0),
            () -> ONE.withFetchAhead(-1),
            () -> ONE.withKeepFor(Duration.ofSeconds(-1)),
            () ->
                gpu.work(
                    this::handle,
                    ONE.withKeepFor(Duration.ofHours(1)).withKeepEvery(Duration.ofMinutes(2))),
            () -> RetryPolicy.fixed(Duration.ofDays(8)),
            () -> RetryPolicy.exponential(Duration.ZERO, Duration.ofSeconds(1)),
            () -> RetryPolicy.fixed(Duration.ZERO).withJitter(1.1),
            () -> RetryPolicy.fixed(Duration.ZERO).givingUpAfter(0));
    for (Supplier<?> call : bad) {
      assertThatThrownBy(call::get).isInstanceOf(InvalidInputException.class);
    }
    assertThat(server.leaks()).isEmpty();
  }
}
