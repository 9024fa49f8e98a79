// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.BatchHandler;
import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers whose handler receives several tasks at a time. */
@Timeout(60)
class BatchWorkerTest {

  private static final Duration WAIT = Duration.ofSeconds(2);
  private static final WorkerOptions ONE =
      WorkerOptions.concurrency(1).withRetryPolicy(RetryPolicy.fixed(Duration.ofMinutes(1)));

  private final ManualClock clock = new ManualClock();
  private final InMemoryServer server = InMemoryServer.create(clock);
  private final TaskQueue queue = server.connect(QueueConfig.defaults().withMaxDeliveries(2));
  private final Partition gpu = queue.partition("gpu");
  private final Queue<List<String>> batches = new ConcurrentLinkedQueue<>();

  @AfterEach
  void close() {
    queue.close();
  }

  private static List<Task> tasks(int count) {
    return IntStream.range(0, count).mapToObj(i -> Task.of("t" + i, "")).toList();
  }

  private static List<String> ids(List<Delivery> batch) {
    return batch.stream().map(Delivery::taskId).toList();
  }

  private static void await(BooleanSupplier condition) {
    long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("condition in time").isLessThan(giveUp);
      Thread.onSpinWait();
    }
  }

  private Map<Delivery, Throwable> note(List<Delivery> batch) {
    batches.add(ids(batch));
    return Map.of();
  }

  private Worker work(BatchHandler handler) {
    return gpu.workBatches(handler, 3, WAIT, ONE);
  }

  @Test
  void aFullBatchStartsImmediatelyAndTheRestAfterItsWait() throws InterruptedException {
    gpu.pushAll(tasks(4)).requireAllStored();
    try (Worker worker = work(this::note)) {
      server.awaitWorkers();
      assertThat(batches).containsExactly(List.of("t0", "t1", "t2"));
      assertThat(worker.running()).isEqualTo(1);
      clock.advance(WAIT.minusMillis(1));
      server.awaitWorkers();
      assertThat(batches).hasSize(1);
      clock.advance(Duration.ofMillis(1));
      server.awaitWorkers();
      assertThat(batches).containsExactly(List.of("t0", "t1", "t2"), List.of("t3"));
      assertThat(gpu.stats()).isEqualTo(new Stats(0, 0, 0));
    }
  }

  /** The wait of each batch begins with its own first task. */
  @Test
  void aLaterTaskOfABatchDoesNotProlongItsWait() throws InterruptedException {
    try (Worker unused = work(this::note)) {
      for (int i = 0; i < 4; i++) {
        gpu.push(Task.of("t" + i, ""));
        server.awaitWorkers();
        clock.advance(Duration.ofMillis(1_500));
        server.awaitWorkers();
      }
      assertThat(batches).containsExactly(List.of("t0", "t1"), List.of("t2", "t3"));
    }
  }

  /** Otherwise {@code awaitWorkers} finds it only at its limit of 10 s. */
  @Test
  void aWorkerWhoseLastTasksWaitForTheirBatchReportsThatItIsIdle() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    QueueListener slow =
        new QueueListener() {
          @Override
          public void acked(QueueEvent.Acked event) {
            try { // The waiting test looks before the worker has freed the place of the task.
              boolean unused = new CountDownLatch(1).await(50, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }
        };
    try (TaskQueue told = server.connect(QueueConfig.defaults(), List.of(slow));
        Worker worker =
            told.partition("gpu")
                .workBatches(
                    batch -> {
                      go.await();
                      return note(batch);
                    },
                    3,
                    WAIT,
                    WorkerOptions.concurrency(2))) {
      gpu.pushAll(tasks(4)).requireAllStored();
      await(() -> worker.running() == 4);
      long began = System.nanoTime();
      new Thread(go::countDown).start();
      server.awaitWorkers();
      assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(9));
      assertThat(worker.running()).isEqualTo(1);
      clock.advance(WAIT);
      server.awaitWorkers();
    }
  }

  @Test
  void aFailedTaskDoesNotAffectTheOthersOfItsBatch() throws InterruptedException {
    Queue<String> failures = new ConcurrentLinkedQueue<>();
    gpu.pushAll(tasks(3)).requireAllStored();
    WorkerOptions telling =
        ONE.withFailureListener(
            failure -> failures.add(failure.kind() + " of " + failure.delivery()));
    try (Worker unused =
        gpu.workBatches(
            batch -> {
              batches.add(ids(batch));
              return batch.stream()
                  .filter(task -> task.taskId().equals("t1"))
                  .collect(Collectors.toMap(t -> t, t -> new IllegalStateException("bad")));
            },
            3,
            WAIT,
            telling)) {
      server.awaitWorkers();
      assertThat(gpu.stats()).isEqualTo(new Stats(0, 1, 0));
      clock.advance(Duration.ofMinutes(1));
      server.awaitWorkers();
      clock.advance(WAIT);
      server.awaitWorkers();
    }
    assertThat(batches).containsExactly(List.of("t0", "t1", "t2"), List.of("t1"));
    assertThat(failures)
        .satisfiesExactly(
            first -> assertThat(first).startsWith("ATTEMPT_FAILED of").contains("t1"),
            second -> assertThat(second).startsWith("DEAD_LETTERED of").contains("t1"));
    assertThat(gpu.deadLetters().list(1).get(0).reason()).contains("IllegalStateException: bad");
  }

  /** None of a batch is acked by mistake. */
  @Test
  void aHandlerThatThrowsOrReturnsNonsenseFailsAllTasks() throws InterruptedException {
    AtomicInteger calls = new AtomicInteger();
    Queue<String> causes = new ConcurrentLinkedQueue<>();
    gpu.pushAll(tasks(2)).requireAllStored();
    Queue<Delivery> seen = new ConcurrentLinkedQueue<>();
    WorkerOptions telling = ONE.withFailureListener(failure -> causes.add("" + failure.cause()));
    try (Worker unused =
        gpu.workBatches(
            batch -> {
              seen.addAll(batch);
              if (calls.incrementAndGet() == 1) {
                throw new StackOverflowError("deep");
              }
              return Map.of(seen.element(), new IllegalStateException("of an earlier batch"));
            },
            2,
            WAIT,
            telling)) {
      server.awaitWorkers();
      clock.advance(Duration.ofMinutes(1));
      server.awaitWorkers();
    }
    assertThat(causes).hasSize(4);
    assertThat(causes).filteredOn(cause -> cause.contains("StackOverflowError")).hasSize(2);
    assertThat(causes).filteredOn(cause -> cause.contains("reported another task")).hasSize(2);
    assertThat(gpu.stats().dead()).isEqualTo(2);
  }

  @Test
  void concurrencyIsTheNumberOfBatches() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    try (Worker worker =
        gpu.workBatches(
            batch -> {
              most.accumulateAndGet(running.incrementAndGet(), Math::max);
              go.await();
              running.decrementAndGet();
              return note(batch);
            },
            3,
            WAIT,
            WorkerOptions.concurrency(2))) {
      for (int batch = 1; batch <= 2; batch++) { // Each task is a batch, because no other comes.
        gpu.push(Task.of("single-" + batch, ""));
        int started = batch;
        await(
            () -> {
              clock.advance(WAIT);
              return running.get() == started;
            });
      }
      gpu.pushAll(tasks(18)).requireAllStored();
      await(() -> worker.running() == 6);
      clock.advance(WAIT);
      boolean unused = new CountDownLatch(1).await(20, TimeUnit.MILLISECONDS); // for a third batch
      go.countDown();
      server.awaitWorkers();
      clock.advance(WAIT);
      server.awaitWorkers();
    }
    assertThat(most).hasValue(2);
    assertThat(batches.stream().mapToInt(List::size).sum()).isEqualTo(20);
  }

  /** No other task would join its batch. */
  @Test
  void aPauseAndADrainStartTheTasksThatWait() throws InterruptedException {
    try (Worker worker = work(this::note)) {
      gpu.push(Task.of("one", ""));
      server.awaitWorkers();
      worker.pause();
      server.awaitWorkers();
      assertThat(batches).containsExactly(List.of("one"));
      worker.resume();
      gpu.push(Task.of("two", ""));
      server.awaitWorkers();
      assertThat(worker.drain(Duration.ofSeconds(25))).isTrue();
    }
    assertThat(batches).containsExactly(List.of("one"), List.of("two"));
    assertThat(gpu.stats()).isEqualTo(new Stats(0, 0, 0));
  }

  @Test
  void theEndOfTheWorkerInterruptsABatchAndGivesItsTasksBack() throws InterruptedException {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    gpu.pushAll(tasks(3)).requireAllStored();
    try (Worker worker =
        work(
            batch -> {
              started.countDown();
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                interrupted.countDown();
              }
              return Map.of();
            })) {
      started.await();
      assertThat(worker.drain(Duration.ZERO)).isFalse();
      interrupted.await();
    }
    assertThat(ids(gpu.puller().pull(3, Duration.ZERO))).containsExactly("t0", "t1", "t2");
  }

  /** The time in the line is not that of the handler. */
  @Test
  void theTimeLimitBeginsWithTheBatch() throws InterruptedException {
    Queue<WorkerFailure.Kind> failures = new ConcurrentLinkedQueue<>();
    CountDownLatch started = new CountDownLatch(1);
    gpu.push(Task.of("one", ""));
    WorkerOptions limited =
        ONE.withTimeLimit(WAIT.dividedBy(2))
            .withFailureListener(failure -> failures.add(failure.kind()));
    try (Worker unused =
        gpu.workBatches(
            batch -> {
              started.countDown();
              new CountDownLatch(1).await();
              return Map.of();
            },
            3,
            WAIT,
            limited)) {
      server.awaitWorkers();
      clock.advance(WAIT);
      started.await();
      assertThat(failures).isEmpty();
      clock.advance(WAIT);
      server.awaitWorkers();
      assertThat(failures).containsExactly(WorkerFailure.Kind.ATTEMPT_FAILED);
    }
  }

  @Test
  void anExecutorThatRefusesABatchIsAskedAgain() throws InterruptedException {
    AtomicInteger asked = new AtomicInteger();
    Queue<WorkerFailure.Kind> failures = new ConcurrentLinkedQueue<>();
    WorkerOptions options =
        ONE.withExecutor(
            command -> {
              int number = asked.incrementAndGet(); // The first one is the handler thread.
              if (number == 2 || number == 3) {
                throw new RejectedExecutionException("busy");
              }
              new Thread(command).start();
            });
    gpu.pushAll(tasks(3)).requireAllStored();
    WorkerOptions telling = options.withFailureListener(failure -> failures.add(failure.kind()));
    try (Worker unused = gpu.workBatches(this::note, 3, WAIT, telling)) {
      await(() -> asked.get() >= 2);
      while (batches.isEmpty()) {
        clock.advance(Duration.ofMillis(10));
      }
      server.awaitWorkers();
    }
    assertThat(batches).containsExactly(List.of("t0", "t1", "t2"));
    assertThat(failures).containsExactly(WorkerFailure.Kind.EXECUTOR_REFUSED);
    assertThat(gpu.stats()).isEqualTo(new Stats(0, 0, 0));
  }

  /** The next request comes at a time of the clock, which nothing but the test moves. */
  @Test
  void aWorkerWhoseBatchIsRefusedIsIdleAndNotReady() throws InterruptedException {
    AtomicInteger asked = new AtomicInteger();
    AtomicBoolean refuses = new AtomicBoolean(true);
    WorkerOptions options =
        ONE.withFailureListener(failure -> {})
            .withExecutor(
                command -> {
                  if (asked.incrementAndGet() > 1 && refuses.get()) {
                    throw new RejectedExecutionException("busy");
                  }
                  new Thread(command).start();
                });
    gpu.pushAll(tasks(3)).requireAllStored();
    try (Worker worker = gpu.workBatches(this::note, 3, WAIT, options)) {
      await(() -> asked.get() >= 2);
      server.awaitWorkers();
      assertThat(worker.health().ready()).isFalse();
      refuses.set(false);
      clock.advance(Duration.ofMillis(20));
      server.awaitWorkers();
      assertThat(batches).containsExactly(List.of("t0", "t1", "t2"));
      assertThat(worker.health().problems()).isEmpty();
    }
  }

  /** An executor may start a batch late, when the time limit of its tasks has passed. */
  @Test
  void aBatchThatLostItsTasksBeforeItBeganFreesItsPlace() throws InterruptedException {
    AtomicInteger asked = new AtomicInteger();
    Queue<Runnable> late = new ConcurrentLinkedQueue<>();
    Queue<WorkerFailure.Kind> failures = new ConcurrentLinkedQueue<>();
    WorkerOptions options =
        ONE.withTimeLimit(WAIT)
            .withFailureListener(failure -> failures.add(failure.kind()))
            .withExecutor(
                command -> {
                  if (asked.incrementAndGet() == 2) { // The first one is the handler thread.
                    late.add(command);
                  } else {
                    new Thread(command).start();
                  }
                });
    gpu.pushAll(tasks(3)).requireAllStored();
    try (Worker unused = gpu.workBatches(this::note, 3, WAIT, options)) {
      await(() -> !late.isEmpty());
      clock.advance(WAIT);
      await(() -> failures.size() == 3);
      late.remove().run();
      gpu.pushAll(List.of(Task.of("u0", ""), Task.of("u1", ""), Task.of("u2", "")))
          .requireAllStored();
      server.awaitWorkers();
      assertThat(batches).containsExactly(List.of("u0", "u1", "u2"));
    }
  }

  /** An executor need not clear the interrupts of its threads. */
  @Test
  void noInterruptOutlastsABatch() throws InterruptedException {
    AtomicInteger asked = new AtomicInteger();
    Queue<Boolean> interrupted = new ConcurrentLinkedQueue<>();
    WorkerOptions options =
        ONE.withExecutor(
            command -> {
              asked.incrementAndGet();
              Runnable noting =
                  () -> {
                    command.run();
                    interrupted.add(Thread.currentThread().isInterrupted());
                  };
              new Thread(noting).start();
            });
    gpu.pushAll(tasks(3)).requireAllStored();
    try (Worker unused = gpu.workBatches(this::note, 3, WAIT, options)) {
      await(() -> batches.size() == 1 && interrupted.size() == asked.get());
    }
    assertThat(interrupted).doesNotContain(true);
  }

  @Test
  void refusesInvalidTerms() {
    assertThatThrownBy(() -> gpu.workBatches(this::note, 0, WAIT, ONE))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("size of a batch");
    assertThatThrownBy(() -> gpu.workBatches(this::note, 5_001, WAIT, WorkerOptions.concurrency(2)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("1 to 5000");
    assertThatThrownBy(() -> gpu.workBatches(this::note, 3, Duration.ZERO, ONE))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("wait of a batch");
  }
}
