// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;

import dev.jetlane.DeadLetter;
import dev.jetlane.Delivery;
import dev.jetlane.RetryPolicy;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerOptions;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Example;
import net.jqwik.api.Label;

/**
 * Rules of how a worker ends, what it reports, and how it treats slow, failing and asynchronous
 * handlers.
 */
public interface WorkerLifeRules extends Rules {

  /** Shorter than the time for which a pause waits for the end of a pull. */
  long BRIEFLY_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  @Example
  @Label(
      "WORK-18 A worker that is paused while it waits for tasks MUST leave later tasks to "
          + "other workers")
  default void pausesWhileItWaits() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<String> handled = new ConcurrentLinkedQueue<>();
              try (Worker worker =
                  scene.partition.work(
                      delivery -> handled.add(delivery.taskId()), WorkerOptions.concurrency(1))) {
                scene.pushOne("before");
                scene.await(() -> handled.size() == 1 && scene.backlog() == 0);
                long pausedNanos = System.nanoTime();
                worker.pause();
                long tookNanos = System.nanoTime() - pausedNanos;
                scene.pushOne("after");
                List<Delivery> others = scene.pullPatiently(1);
                rules()
                    .require(
                        Scene.ids(others).equals(List.of("after")) && handled.size() == 1,
                        () -> worker + " handled " + handled + ", left was " + others);
                // The pause ended the pull; it does not wait for that indefinitely.
                if (tookNanos <= BRIEFLY_NANOS) {
                  rules()
                      .require(
                          others.get(0).attempt() == 1,
                          () -> worker + " cost the next task an attempt: " + others);
                }
              }
            });
  }

  @Example
  @Label("WORK-12 A refusal by the executor MUST NOT cost an attempt, and its task MUST be handled")
  default void refusalsCostNoAttempt() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
              CountDownLatch go = new CountDownLatch(1);
              AtomicInteger refused = new AtomicInteger();
              ThreadPoolExecutor one =
                  new ThreadPoolExecutor(
                      0,
                      1,
                      1,
                      TimeUnit.SECONDS,
                      new SynchronousQueue<>(),
                      (task, pool) -> {
                        refused.incrementAndGet();
                        throw new RejectedExecutionException("full");
                      });
              WorkerOptions options = WorkerOptions.concurrency(4).withExecutor(one);
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        go.await();
                        attempts.add(delivery.attempt());
                      },
                      options)) {
                scene.push(6);
                scene.await(() -> refused.get() > 0);
                go.countDown();
                scene.await(() -> attempts.size() >= 6 && scene.backlog() == 0);
                rules()
                    .require(
                        refused.get() > 0
                            && List.copyOf(attempts).equals(List.of(1, 1, 1, 1, 1, 1))
                            && scene.backlog() == 0,
                        () -> worker + " refused " + refused + ", had attempts " + attempts);
              } finally {
                one.shutdown();
              }
            });
  }

  @Example
  @Label(
      "WORK-19 A task MUST start without the interrupt of an earlier task, and refusals of "
          + "the executor MUST NOT add up")
  default void tasksDoNotAffectEachOther() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<Boolean> interrupted = new ConcurrentLinkedQueue<>();
              AtomicInteger refusals = new AtomicInteger(3);
              ExecutorService threads = Executors.newSingleThreadExecutor();
              Executor refusing =
                  task -> {
                    if (refusals.getAndDecrement() > 0) {
                      throw new RejectedExecutionException("full");
                    }
                    threads.execute(task);
                  };
              scene.push(4);
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        interrupted.add(Thread.currentThread().isInterrupted());
                        Thread.currentThread().interrupt();
                      },
                      WorkerOptions.concurrency(1).withFetchAhead(4).withExecutor(refusing))) {
                for (int refused = 0; refused < 8 && interrupted.size() < 4; refused++) {
                  scene.pauseForOthers();
                  scene.advancePast(1);
                }
                scene.await(() -> interrupted.size() >= 4 && scene.backlog() == 0);
                rules()
                    .require(
                        List.copyOf(interrupted).equals(List.of(false, false, false, false))
                            && scene.backlog() == 0,
                        () -> worker + ", its handlers started interrupted: " + interrupted);
              } finally {
                threads.shutdownNow();
              }
            });
  }

  @Example
  @Label(
      "WORK-20 A worker that has not yet handled a task MUST NOT lease more tasks than its "
          + "concurrency")
  default void leasesNothingAheadAtFirst() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              CountDownLatch started = new CountDownLatch(2);
              CountDownLatch go = new CountDownLatch(1);
              scene.push(6);
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        started.countDown();
                        go.await();
                      },
                      WorkerOptions.concurrency(2))) {
                scene.await(() -> started.getCount() == 0);
                scene.advancePast(1);
                long leased = scene.partition.stats().outstanding();
                go.countDown();
                rules()
                    .require(
                        leased == 2, () -> worker + " handled 2 at a time and leased " + leased);
              }
            });
  }

  @Example
  @Label("WORK-13 The close of a queue MUST end its workers and give back their tasks")
  default void endsWithItsQueue() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              TaskQueue client = scene.client();
              CountDownLatch started = new CountDownLatch(1);
              scene.push(4); // Before the worker, whose first pull then brings all of them.
              Worker worker =
                  client
                      .partition("p0")
                      .work(
                          delivery -> {
                            started.countDown();
                            new CountDownLatch(1).await();
                          },
                          WorkerOptions.concurrency(1).withFetchAhead(3));
              scene.await(
                  () -> started.getCount() == 0 && scene.partition.stats().outstanding() == 4);
              client.close();
              Worker.State state = worker.state();
              boolean live = worker.health().live();
              List<Delivery> others = scene.pullPatiently(4);
              rules()
                  .require(
                      state == Worker.State.CLOSED && !live && others.size() == 4,
                      () -> worker + " was " + state + ", live: " + live + ", left " + others);
            });
  }

  @Example
  @Label(
      "WORK-14 A task whose handler returned a stage MUST keep its lease and count as "
          + "running until the stage completes")
  default void stagesAreAwaited() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<CompletableFuture<Void>> stages = new ConcurrentLinkedQueue<>();
              try (Worker worker =
                  scene.partition.workAsync(
                      delivery -> {
                        CompletableFuture<Void> stage = new CompletableFuture<>();
                        stages.add(stage);
                        return stage;
                      },
                      WorkerOptions.concurrency(2)
                          .withRetryPolicy(RetryPolicy.fixed(Duration.ZERO)))) {
                scene.push(3);
                scene.await(() -> stages.size() >= 2);
                scene.harness.advance(scene.ticks(1)); // A third handler would have begun by then.
                long held = scene.backlog();
                int atFirst = stages.size();
                boolean unused = stages.remove().complete(null);
                boolean unused2 =
                    stages.remove().completeExceptionally(new IllegalStateException("asked for"));
                // The third task, and the second attempt of the failed task.
                scene.await(() -> stages.size() >= 2);
                stages.forEach(stage -> stage.complete(null));
                scene.await(() -> scene.backlog() == 0);
                rules()
                    .require(
                        held == 3 && atFirst == 2 && stages.size() == 2 && scene.backlog() == 0,
                        () -> worker + " held " + held + ", at first " + atFirst + ", " + stages);
              }
            });
  }

  @Example
  @Label(
      "WORK-15 A handler that exceeds its time limit MUST be interrupted, and its "
          + "attempt MUST fail")
  default void handlersHaveALimit() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<WorkerFailure> failures = new ConcurrentLinkedQueue<>();
              CountDownLatch started = new CountDownLatch(1);
              CountDownLatch interrupted = new CountDownLatch(1);
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        if (delivery.attempt() == 1) {
                          started.countDown();
                          hang(interrupted);
                        }
                      },
                      WorkerOptions.concurrency(1)
                          .withTimeLimit(scene.ticks(5))
                          .withRetryPolicy(RetryPolicy.fixed(Duration.ZERO))
                          .withCloseDeadline(Duration.ZERO)
                          .withFailureListener(failures::add))) {
                scene.pushOne("endless");
                scene.await(() -> started.getCount() == 0);
                scene.advancePast(6);
                scene.await(() -> interrupted.getCount() == 0 && scene.backlog() == 0);
                rules()
                    .require(
                        interrupted.getCount() == 0
                            && scene.backlog() == 0
                            && failures.stream()
                                .anyMatch(f -> f.cause() instanceof TimeoutException),
                        () -> worker + " continues, reported: " + failures);
              }
            });
  }

  private static void hang(CountDownLatch interrupted) throws InterruptedException {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      interrupted.countDown();
      throw e;
    }
  }

  @Example
  @Label(
      "WORK-16 A handler that hangs MUST be reported, and MUST appear in the health of its "
          + "worker")
  default void hungHandlersAreReported() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<WorkerFailure> failures = new ConcurrentLinkedQueue<>();
              CountDownLatch started = new CountDownLatch(1);
              CountDownLatch go = new CountDownLatch(1);
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        started.countDown();
                        go.await();
                      },
                      WorkerOptions.concurrency(1)
                          .withHungAfter(scene.ticks(20))
                          .withFailureListener(failures::add))) {
                scene.pushOne("hung");
                scene.await(() -> started.getCount() == 0);
                scene.advancePast(21);
                scene.await(() -> !worker.health().ready() && !failures.isEmpty());
                boolean ready = worker.health().ready();
                boolean reported =
                    failures.stream().anyMatch(f -> f.kind() == WorkerFailure.Kind.HUNG);
                go.countDown();
                scene.await(() -> scene.backlog() == 0 && worker.health().ready());
                rules()
                    .require(
                        !ready && reported && worker.health().ready(),
                        () ->
                            "ready: "
                                + ready
                                + ", reported "
                                + failures
                                + ", then "
                                + worker.health());
              }
            });
  }

  @Example
  @Label(
      "WORK-22 A handler that continues without its lease MUST be reported once, and MUST "
          + "appear in the health of its worker")
  default void lostLeasesAreReported() throws Exception {
    rules()
        .with(
            Settings.PLAIN,
            scene -> {
              Queue<WorkerFailure> failures = new ConcurrentLinkedQueue<>();
              CountDownLatch started = new CountDownLatch(1);
              CountDownLatch go = new CountDownLatch(1);
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        started.countDown();
                        go.await();
                      },
                      WorkerOptions.concurrency(1)
                          .withKeepFor(Duration.ZERO)
                          .withFailureListener(failures::add))) {
                scene.pushOne("long");
                scene.await(() -> started.getCount() == 0);
                for (int lease = 0; lease < 2; lease++) {
                  scene.advancePast(11);
                  scene.await(() -> !failures.isEmpty());
                }
                boolean shown = !worker.health().problems().isEmpty();
                List<WorkerFailure.Kind> kinds =
                    failures.stream().map(WorkerFailure::kind).toList();
                go.countDown();
                rules()
                    .require(
                        shown && kinds.equals(List.of(WorkerFailure.Kind.LEASE_LOST)),
                        () -> "shown: " + shown + ", reported " + failures);
              }
            });
  }

  @Example
  @Label("WORK-17 A failed attempt MUST be reported once, with its task and its exception")
  default void failuresAreReported() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<WorkerFailure> failures = new ConcurrentLinkedQueue<>();
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        if (delivery.attempt() == 1) {
                          throw new StackOverflowError("as asked for");
                        }
                      },
                      WorkerOptions.concurrency(1)
                          .withRetryPolicy(RetryPolicy.fixed(Duration.ZERO))
                          .withFailureListener(failures::add))) {
                scene.pushOne("bad");
                scene.await(() -> scene.backlog() == 0 && !failures.isEmpty());
                String text = failures.toString();
                rules()
                    .require(
                        failures.size() == 1
                            && failures.element().kind() == WorkerFailure.Kind.ATTEMPT_FAILED
                            && text.contains("bad")
                            && text.contains("as asked for")
                            && text.contains("delivered again"),
                        () -> worker + " reported " + failures);
              }
            });
  }

  @Example
  @Requires(DEAD_LETTERS)
  @Label(
      "RETRY-4 The failure of the last attempt MUST make the dead letter, with the "
          + "exception of the handler")
  default void theLastFailureIsTheReason() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED.withMaxDeliveries(2),
            scene -> {
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        throw new IllegalStateException("corrupt " + delivery.attempt());
                      },
                      WorkerOptions.concurrency(1)
                          .withRetryPolicy(
                              (attempt, failure) ->
                                  java.util.Optional.of(
                                      attempt == 1 ? Duration.ZERO : scene.ticks(1_000))))) {
                scene.pushOne("task");
                scene.await(() -> scene.partition.stats().dead() == 1);
                List<DeadLetter> dead = scene.partition.deadLetters().list(9);
                rules()
                    .require(
                        dead.size() == 1
                            && dead.get(0).attempts() == 2
                            && dead.get(0).reason().contains("IllegalStateException")
                            && dead.get(0).reason().contains("corrupt 2"),
                        () -> worker + " left these dead letters: " + dead);
              }
            });
  }
}
