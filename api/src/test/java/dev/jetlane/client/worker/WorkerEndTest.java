// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueClosedException;
import dev.jetlane.Worker.State;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerFailure.Kind;
import dev.jetlane.WorkerOptions;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The ways in which a worker ends: what each releases, and what a second one does. */
class WorkerEndTest {

  private final QueueClosedException queueClosed =
      new QueueClosedException("the queue was closed", null);

  private final ScriptedWorker on = new ScriptedWorker();
  private final List<CompletableFuture<Void>> stages = new ArrayList<>();

  /** The ways to end a worker. */
  enum End {
    DRAIN,
    CLOSE,
    QUEUE,
    ABANDON;

    void of(TaskWorker worker) {
      try {
        switch (this) {
          case DRAIN -> {
            boolean unused = worker.drain(Duration.ZERO);
          }
          case CLOSE -> worker.close();
          case QUEUE -> {
            boolean unused =
                worker.endWithQueue(new QueueClosedException("the queue was closed", null));
            worker.awaitEnd();
          }
          case ABANDON -> worker.abandon();
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** A worker with one running task and two tasks ahead. */
  private TaskWorker busy(WorkerOptions options, List<RecordedDelivery> tasks) {
    TaskWorker worker =
        on.startAsync(
            task -> {
              CompletableFuture<Void> stage = new CompletableFuture<>();
              stages.add(stage);
              return stage;
            },
            options.withFetchAhead(2).withCloseDeadline(Duration.ZERO));
    on.come(tasks);
    assertThat(worker.running()).isOne();
    assertThat(worker.ahead()).isEqualTo(2);
    assertThat(on.clock.begun).containsExactly(worker);
    return worker;
  }

  @ParameterizedTest
  @EnumSource
  void anEndReleasesEverything(End end) {
    List<RecordedDelivery> tasks = ScriptedWorker.tasks("a", "b", "c");
    TaskWorker worker = busy(on.options(1), tasks);
    end.of(worker);
    assertThat(worker.state()).isEqualTo(State.CLOSED);
    assertThat(worker.ahead()).isZero();
    assertThat(worker.health().live()).isFalse();
    assertThat(on.clock.works).as("timed work").isEmpty();
    assertThat(on.clock.ended).as("ends that the clock knows").containsExactly(worker);
    assertThat(on.ended).as("ends that the partition knows").containsExactly(worker);
    if (end == End.ABANDON) {
      boolean unused = stages.get(0).complete(null);
      assertThat(tasks).as("after a crash").allMatch(task -> task.sent.isEmpty());
      assertThat(on.failures).isEmpty();
    } else {
      assertThat(tasks).as("given back").allMatch(task -> task.sent.equals(List.of("release")));
      assertThat(on.calls).as("the source").contains("close");
      assertThat(stages.get(0)).as("the stage of the handler").isCancelled();
    }
  }

  @ParameterizedTest
  @EnumSource
  void afterAnEndNoOtherCallHasAnEffect(End first) throws InterruptedException {
    List<RecordedDelivery> tasks = ScriptedWorker.tasks("a", "b", "c");
    TaskWorker worker = busy(on.options(1), tasks);
    first.of(worker);
    List<WorkerFailure> told = List.copyOf(on.failures);
    for (End second : End.values()) {
      second.of(worker);
      worker.pause();
      worker.resume();
      assertThat(worker.state()).as("state after %s and %s", first, second).isEqualTo(State.CLOSED);
    }
    assertThat(worker.endWithQueue(queueClosed)).as("the queue logs an end").isFalse();
    assertThat(on.failures).as("reports").isEqualTo(told);
    assertThat(on.pulls).as("pulls").hasSize(1);
    assertThat(on.ended).as("ends that the partition knows").contains(worker);
    if (first != End.ABANDON) {
      assertThat(on.ended).as("ends that the partition knows").hasSizeLessThanOrEqualTo(2);
      assertThat(tasks).allMatch(task -> task.sent.equals(List.of("release")));
    }
  }

  @Test
  void theEndWithItsQueueIsReportedToAListenerAndOtherwiseCounted() {
    TaskWorker reported = on.start(task -> {}, on.options(1));
    assertThat(reported.endWithQueue(queueClosed)).as("the queue logs the end").isFalse();
    assertThat(on.failures)
        .singleElement()
        .isEqualTo(
            new WorkerFailure(
                Kind.STOPPED, "p", null, queueClosed, "the worker ends with its queue"));
    ScriptedWorker other = new ScriptedWorker();
    TaskWorker logged =
        other.start(task -> {}, WorkerOptions.concurrency(1).withExecutor(Runnable::run));
    assertThat(logged.endWithQueue(queueClosed)).as("the queue logs the end").isTrue();
    assertThat(other.clock.logged).as("lines of the worker itself").isEmpty();
    assertThat(logged.health().problems()).containsExactly("the worker has ended: " + queueClosed);
  }

  /** The worker was ending anyway. */
  @Test
  void theCloseOfTheQueueDuringADrainEndsTheDrainAndIsNotReported() throws InterruptedException {
    List<RecordedDelivery> tasks = ScriptedWorker.tasks("a", "b", "c");
    TaskWorker worker = busy(on.options(1), tasks);
    on.clock.others.add(
        () -> {
          assertThat(worker.state()).isEqualTo(State.DRAINING);
          assertThat(worker.endWithQueue(queueClosed)).as("the queue logs the end").isFalse();
        });
    boolean unused = worker.drain(Duration.ofHours(1));
    assertThat(on.clock.elapsed()).as("the time of the drain").isEqualTo(Duration.ZERO);
    assertThat(on.failures).isEmpty();
    assertThat(tasks).allMatch(task -> task.sent.equals(List.of("release")));
  }

  /** A handler that ignored the first interrupt may heed the second one. */
  @Test
  void theEndInterruptsAHandlerThatHasExceededItsLimit() {
    List<TaskWorker> self = new ArrayList<>();
    List<Boolean> interrupts = new ArrayList<>();
    self.add(
        on.start(
            task -> {
              on.clock.advance(Duration.ofSeconds(1));
              interrupts.add(Thread.interrupted());
              End.DRAIN.of(self.get(0));
              interrupts.add(Thread.interrupted());
            },
            on.options(1).withTimeLimit(Duration.ofSeconds(1))));
    RecordedDelivery task = on.come("a").get(0);
    assertThat(interrupts).as("interrupts by the limit, by the end").containsExactly(true, true);
    assertThat(task.sent).containsExactly("nak " + ScriptedWorker.RETRY);
    assertThat(self.get(0).isAtRest()).as("all settlements have ended").isTrue();
  }

  /** Such a stage completes on its own. */
  @Test
  void aStageThatCannotBeCancelledDoesNotKeepTheOthersFromTheEnd() {
    CompletionStage<?> stubborn =
        (CompletionStage<?>)
            Proxy.newProxyInstance(
                CompletionStage.class.getClassLoader(),
                new Class<?>[] {CompletionStage.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("toCompletableFuture")) {
                    throw new UnsupportedOperationException();
                  }
                  return new CompletableFuture<>();
                });
    CompletableFuture<Void> other = new CompletableFuture<>();
    TaskWorker worker =
        on.startAsync(
            task -> task.taskId().equals("a") ? stubborn : other,
            on.options(2).withCloseDeadline(Duration.ZERO));
    List<RecordedDelivery> tasks = on.come("a", "b");
    worker.close();
    assertThat(other).isCancelled();
    assertThat(tasks).allMatch(task -> task.sent.equals(List.of("release")));
    assertThat(on.ended).containsExactly(worker);
  }

  /** An executor that runs tasks on the calling thread. */
  private static final class Here extends AbstractExecutorService {

    private boolean isShutdown;

    @Override
    public void execute(Runnable task) {
      if (isShutdown) {
        throw new RejectedExecutionException("shut down");
      }
      task.run();
    }

    @Override
    public void shutdown() {
      isShutdown = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
      isShutdown = true;
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return isShutdown;
    }

    @Override
    public boolean isTerminated() {
      return isShutdown;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      throw new AssertionError("a worker does not wait for the executor of its user");
    }
  }

  @Test
  void theEndOfAWorkerDoesNotEndTheExecutorOfItsUser() {
    Here executor = new Here();
    on.start(task -> {}, on.options(1).withExecutor(executor)).close();
    assertThat(executor.isShutdown()).isFalse();
  }

  @Test
  void anExecutorThatWasShutDownEndsTheWorkerWithOneReport() {
    Here executor = new Here();
    TaskWorker worker = on.start(task -> {}, on.options(2).withExecutor(executor));
    executor.shutdown();
    List<RecordedDelivery> tasks = on.come("a", "b");
    assertThat(worker.state()).isEqualTo(State.CLOSED);
    assertThat(on.kinds()).containsExactly(Kind.STOPPED);
    assertThat(on.failures.get(0).next())
        .isEqualTo("the executor is shut down; the worker has given back its tasks");
    assertThat(on.failures.get(0).cause()).isInstanceOf(RejectedExecutionException.class);
    assertThat(worker.health().problems()).singleElement().asString().contains("shut down");
    assertThat(tasks).allMatch(task -> task.sent.equals(List.of("release")));
  }

  @Test
  void anExecutorThatWasShutDownEndsAWorkerOfBatchesWithOneReport() {
    Here executor = new Here();
    TaskWorker worker =
        on.startBatches(
            batch -> Map.of(), 2, Duration.ofSeconds(2), on.options(1).withExecutor(executor));
    List<RecordedDelivery> first = on.come("a");
    assertThat(worker.waiting()).isOne();
    executor.shutdown();
    on.clock.advance(Duration.ofSeconds(2));
    assertThat(worker.state()).isEqualTo(State.CLOSED);
    assertThat(on.kinds()).containsExactly(Kind.STOPPED);
    assertThat(first.get(0).sent).containsExactly("release");
  }

  /** The user ended it, so that nothing has failed. */
  @Test
  void anExecutorThatWasShutDownBeforeTheDrainIsNotReported() throws InterruptedException {
    Here executor = new Here();
    TaskWorker worker =
        on.startBatches(
            batch -> Map.of(), 2, Duration.ofSeconds(2), on.options(1).withExecutor(executor));
    List<RecordedDelivery> tasks = on.come("a");
    executor.shutdown();
    boolean unused = worker.drain(Duration.ofHours(1));
    assertThat(worker.state()).isEqualTo(State.CLOSED);
    assertThat(on.failures).isEmpty();
    assertThat(on.ended).containsExactly(worker);
    assertThat(tasks.get(0).sent).containsExactly("release");
    assertThat(on.clock.elapsed()).as("the time of the drain").isEqualTo(Duration.ZERO);
  }
}
