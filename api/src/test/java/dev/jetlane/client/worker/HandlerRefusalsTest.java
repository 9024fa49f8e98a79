// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueUnavailableException;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerOptions;
import dev.jetlane.driver.DriverClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Executors of users that refuse, and the thread of the clock, which must not run their code. */
class HandlerRefusalsTest {

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final RejectedExecutionException full = new RejectedExecutionException("full");
  private final QueueUnavailableException away = new QueueUnavailableException("away", null);

  private final ScriptedWorker on = new ScriptedWorker();
  private final Deque<Runnable> commands = new ArrayDeque<>();
  private final List<String> handled = new ArrayList<>();
  private int asked;
  private int accepted = Integer.MAX_VALUE;
  private Throwable refusal = full;

  private void execute(Runnable command) {
    asked++;
    if (accepted > 0) {
      accepted--;
      commands.add(command);
    } else if (refusal instanceof Error error) {
      throw error;
    } else {
      throw (RuntimeException) refusal;
    }
  }

  private TaskWorker start(WorkerOptions options) {
    return on.start(task -> handled.add(task.taskId()), options.withExecutor(this::execute));
  }

  private void runAll() {
    while (!commands.isEmpty()) {
      commands.remove().run();
    }
  }

  private void advance(long millis) {
    on.clock.advance(Duration.ofMillis(millis));
  }

  /** A small executor refuses all the time, while its threads do all the work. */
  @Test
  void onlyTheFirstRefusalBesideARunningHandlerIsReported() {
    TaskWorker worker = start(on.options(2));
    for (int round = 1; round <= 3; round++) {
      accepted = 1;
      on.come("a", "b");
      assertThat(worker.health().ready()).isTrue();
      runAll();
      advance(10_000);
      assertThat(handled).hasSize(2 * round);
      assertThat(on.failures).as("reports after round %d", round).hasSize(1);
    }
  }

  /**
   * The clock of a test may move as soon as the worker is idle, and the pause would begin later.
   */
  @Test
  void aWorkerIsBusyUntilItsNextRequestToTheExecutorIsPlanned() {
    TaskWorker worker = start(on.options(1));
    List<Boolean> idle = new ArrayList<>();
    on.clock.onWish = () -> idle.add(worker.isAtRest());
    accepted = 0;
    on.come("a");
    for (int refusals = 1; refusals <= 3; refusals++) {
      assertThat(worker.isAtRest()).isTrue();
      assertThat(idle).as("at refusal %d", refusals).isNotEmpty().containsOnly(false);
      idle.clear();
      advance(2_000);
    }
  }

  /** An executor may run its commands on the thread that asks it. */
  @Test
  void aRefusedHandlerIsStartedAgainOutsideTheThreadOfTheClock() {
    TaskWorker unused = start(on.options(1));
    accepted = 0;
    on.come("a");
    asked = 0;
    accepted = 1;
    on.clock.holdsReactions = true;
    advance(100);
    assertThat(asked).as("requests on the thread of the clock").isZero();
    on.clock.react();
    assertThat(asked).isOne();
    runAll();
    assertThat(handled).containsExactly("a");
  }

  /** Otherwise a slow task would run on the thread that extends the leases of all others. */
  @Test
  void aHandlerBesideASlowOneIsStartedOutsideTheThreadOfTheClock() {
    List<Integer> requests = new ArrayList<>();
    TaskWorker unused =
        on.start(
            task -> {
              if (task.taskId().equals("slow")) {
                asked = 0;
                on.clock.holdsReactions = true;
                for (int look = 0; look < 4; look++) {
                  advance(2);
                }
                requests.add(asked);
                on.clock.react();
                requests.add(asked);
                on.clock.holdsReactions = false;
              } else {
                on.clock.advance(Duration.ofNanos(1_000));
              }
            },
            on.options(60).withExecutor(this::execute).withFetchAhead(60));
    for (int quick = 0; quick < 20; quick++) {
      on.come("quick");
      runAll();
    }
    String[] tasks = new String[120];
    Arrays.fill(tasks, "quick");
    tasks[0] = "slow";
    on.come(tasks);
    commands.remove().run();
    assertThat(requests.get(0)).as("requests on the thread of the clock").isZero();
    assertThat(requests.get(1)).as("requests after it").isPositive();
  }

  /** A timer for each of a million tasks in a second would cost more than the tasks. */
  @Test
  void manyQuickTasksNeedOneTimer() {
    TaskWorker unused =
        on.start(
            task -> on.clock.advance(Duration.ofNanos(1_000)),
            on.options(60).withExecutor(this::execute).withFetchAhead(60));
    for (int quick = 0; quick < 20; quick++) {
      on.come("quick");
      runAll();
    }
    String[] tasks = new String[120];
    Arrays.fill(tasks, "quick");
    on.come(tasks);
    on.clock.wishes.clear();
    commands.remove().run();
    assertThat(on.clock.wishes).as("wishes of 120 tasks in 0.12 ms").hasSizeLessThan(10);
  }

  /** Otherwise a worker without tasks would not be ready for weeks. */
  @Test
  void theRefusalOfATaskThatWasGivenBackIsForgotten() {
    TaskWorker worker = start(on.options(1));
    accepted = 0;
    RecordedDelivery task = on.come("a").get(0);
    worker.pause();
    assertThat(task.sent).containsExactly("release");
    worker.resume();
    assertThat(worker.health().ready()).as("before the executor is asked again").isFalse();
    advance(100);
    assertThat(worker.health().problems()).isEmpty();
    assertThat(worker.health().ready()).isTrue();
    assertThat(asked).as("requests without a task").isOne();
    on.come("b");
    assertThat(on.failures).as("reports of two outages").hasSize(2);
  }

  /** An executor of a user may throw other exceptions than that of a full queue. */
  @Test
  void eachExceptionOfAnExecutorIsARefusal() {
    for (Throwable why : List.of(new IllegalStateException("odd"), new StackOverflowError())) {
      refusal = why;
      handled.clear();
      on.failures.clear();
      TaskWorker worker = start(on.options(1));
      accepted = 0;
      on.come("a");
      assertThat(on.failures).singleElement().extracting(WorkerFailure::cause).isSameAs(why);
      assertThat(worker.health().problems())
          .containsExactly("the executor refuses to run handlers: " + why);
      accepted = 1;
      advance(2_000);
      runAll();
      assertThat(handled).containsExactly("a");
      worker.abandon();
    }
  }

  /** An idle worker has nothing to do at any time. */
  @Test
  void aWorkerThatLeasesAheadPlansNothingOnceItsTasksAreDone() {
    TaskWorker worker = start(WorkerOptions.concurrency(1).withFailureListener(on.failures::add));
    for (int round = 0; round < 2; round++) {
      on.come("a", "b", "c");
      assertThat(worker.ahead()).isEqualTo(3);
      runAll();
      advance(100);
      assertThat(worker.isAtRest()).isTrue();
      assertThat(on.clock.works)
          .as("timed work of an idle worker")
          .allMatch(work -> work.nextNanos() == DriverClock.NEVER);
    }
  }

  /** One cause of a worker that is not ready must not hide another one. */
  @Test
  void eachProblemOfAWorkerIsShownAndAnyMakesItUnready() {
    TaskWorker worker =
        on.startAsync(
            task -> new CompletableFuture<>(),
            on.options(2).withFetchAhead(4).withHungAfter(LIMIT).withExecutor(this::execute));
    on.come("a");
    runAll();
    on.clock.advance(LIMIT);
    String hung = "1 of 2 handlers hang, for up to 10.0 s";
    assertThat(worker.health().problems()).containsExactly(hung);
    assertThat(worker.health().ready()).as("with a free place").isTrue();
    on.fail(away);
    assertThat(worker.health().problems()).containsExactly(away.toString(), hung);
    assertThat(worker.health().ready()).as("after a failed pull").isFalse();
    advance(100);
    accepted = 0;
    on.come("b");
    String refused = "the executor refuses to run handlers: " + full;
    String longer = "1 of 2 handlers hang, for up to 10.1 s";
    assertThat(worker.health().problems()).containsExactly(refused, longer);
    assertThat(worker.health().ready()).as("without a thread").isFalse();
    on.fail(away);
    assertThat(worker.health().problems()).containsExactly(away.toString(), refused, longer);
    assertThat(worker.health().live()).isTrue();
  }
}
