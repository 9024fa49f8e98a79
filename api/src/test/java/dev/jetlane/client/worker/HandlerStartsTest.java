// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.WorkerFailure.Kind;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** The threads on which a worker starts its handlers, and an executor that refuses them. */
class HandlerStartsTest {

  private static final Duration GUARD = Duration.ofMillis(2);

  private final ScriptedWorker on = new ScriptedWorker();

  /** The commands that the executor accepted and has not run. */
  private final Deque<Runnable> commands = new ArrayDeque<>();

  private final List<String> handled = new ArrayList<>();
  private int asked;
  private int accepted;

  /** Accepts as many commands as the test allows. */
  private void execute(Runnable command) {
    asked++;
    if (accepted == 0) {
      throw new RejectedExecutionException("full");
    }
    accepted--;
    commands.add(command);
  }

  private TaskWorker start(int concurrency) {
    return on.start(
        task -> handled.add(task.taskId()), on.options(concurrency).withExecutor(this::execute));
  }

  private void runAll() {
    while (!commands.isEmpty()) {
      commands.remove().run();
    }
  }

  private void advance(long millis) {
    on.clock.advance(Duration.ofMillis(millis));
  }

  /** An executor that is busy for an hour must still be asked soon after it. */
  @Test
  void thePausesAfterRefusalsDoubleUpToTwoSeconds() {
    TaskWorker worker = start(1);
    on.come("a");
    int asks = 1;
    for (long pause : new long[] {100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000}) {
      advance(pause - 1);
      assertThat(asked)
          .as("requests 1 ms before the end of the pause of %d ms", pause)
          .isEqualTo(asks);
      advance(1);
      asks++;
      assertThat(asked).as("requests after the pause of %d ms", pause).isEqualTo(asks);
      assertThat(worker.health().ready()).isFalse();
    }
    assertThat(on.kinds()).containsExactly(Kind.EXECUTOR_REFUSED);
    assertThat(on.failures.get(0).next())
        .isEqualTo("the tasks keep their leases, and the worker asks the executor again");
    assertThat(worker.health().problems())
        .containsExactly(
            "the executor refuses to run handlers: " + new RejectedExecutionException("full"));
    assertThat(worker.isAtRest()).as("at rest until the next request").isTrue();
    accepted = 1;
    advance(2_000);
    assertThat(worker.isAtRest()).as("at rest before the handler").isFalse();
    runAll();
    assertThat(handled).containsExactly("a");
    assertThat(worker.health().problems()).isEmpty();
  }

  /** The other task starts when the handler ends, so nothing is wrong with the worker. */
  @Test
  void aRefusalBesideARunningHandlerIsNoOutage() {
    TaskWorker worker = start(2);
    accepted = 1;
    on.come("a", "b");
    assertThat(asked).isEqualTo(2);
    assertThat(worker.health().ready()).isTrue();
    assertThat(worker.health().problems()).isEmpty();
    assertThat(on.failures)
        .singleElement()
        .extracting(failure -> failure.next())
        .isEqualTo("the tasks keep their leases and start as handlers end");
    runAll();
    assertThat(handled).as("handled on the one thread").containsExactly("a", "b");
  }

  /** The first report may be weeks old. */
  @Test
  void theFirstRefusalOfEachOutageIsReported() {
    TaskWorker worker = start(2);
    accepted = 1;
    on.come("a", "b");
    runAll();
    assertThat(on.failures).as("a refusal beside a running handler").hasSize(1);
    for (int outage = 1; outage <= 3; outage++) {
      advance(10_000);
      on.come("c");
      advance(10_000);
      assertThat(worker.health().ready()).isFalse();
      assertThat(on.kinds())
          .as("reports in outage %d", outage)
          .hasSize(1 + outage)
          .containsOnly(Kind.EXECUTOR_REFUSED);
      assertThat(on.failures.get(outage).next())
          .isEqualTo("the tasks keep their leases, and the worker asks the executor again");
      accepted = 1;
      advance(2_000);
      runAll();
      assertThat(worker.health().ready()).isTrue();
    }
    assertThat(handled).hasSize(5);
  }

  /** Tasks for threads that an executor does not have would wait here. */
  @Test
  void afterARefusalTheWorkerLeasesForTheThreadsThatItHas() {
    TaskWorker unused = start(8);
    accepted = 2;
    on.come("a", "b", "c");
    runAll();
    assertThat(on.pulls.get(on.pulls.size() - 1).max())
        .as("after a refusal")
        .isLessThanOrEqualTo(2);
    on.come();
    advance(100); // The refusal is forgotten.
    on.come();
    assertThat(on.pulls.get(on.pulls.size() - 1).max()).as("after the pause").isEqualTo(8);
  }

  /** A handler may bring a task to another worker with the same executor. */
  @Test
  void aHandlerThatRunsInsideTheHandlerOfAnotherWorkerLeavesItsThreadAsItWas() {
    ScriptedWorker other = new ScriptedWorker();
    TaskWorker unused = other.start(task -> handled.add(task.taskId()), other.options(1));
    List<Integer> depths = new ArrayList<>();
    int[] depth = {0};
    TaskWorker unused2 =
        on.start(
            task -> {
              depths.add(++depth[0]);
              if (task.taskId().equals("first")) {
                other.come("inside");
                on.come("second");
              }
              depth[0]--;
            },
            on.options(3));
    on.come("first");
    assertThat(handled).containsExactly("inside");
    assertThat(depths).as("the depth of each handler").containsExactly(1, 1);
  }

  /** The time until the executor has a thread does not belong to the task. */
  @Test
  void aTimeLimitDoesNotIncludeTheStartOfAnotherThread() {
    List<RecordedDelivery> tasks = ScriptedWorker.tasks("a", "b");
    TaskWorker unused =
        on.startAsync(
            task -> new CompletableFuture<>(),
            on.options(2)
                .withTimeLimit(Duration.ofSeconds(10))
                .withExecutor(
                    command -> {
                      if (asked++ == 0) {
                        command.run();
                      } else {
                        on.clock.advance(Duration.ofSeconds(9));
                        commands.add(command);
                      }
                    }));
    on.come(tasks);
    advance(9_999);
    assertThat(tasks.get(0).sent).as("settlements before the limit").isEmpty();
    advance(1);
    assertThat(tasks.get(0).sent).hasSize(1);
  }

  /** Quick tasks have few threads. One slow task must not stop the others for long. */
  @Test
  void anotherThreadStartsWheneverTasksWaitBehindASlowOne() {
    List<Integer> started = new ArrayList<>();
    TaskWorker unused =
        on.start(
            task -> {
              if (task.taskId().equals("slow")) {
                for (int i = 0; i < 5; i++) {
                  started.add(asked);
                  on.clock.advance(GUARD);
                }
                started.add(asked);
              } else {
                on.clock.advance(Duration.ofNanos(1_000));
              }
            },
            on.options(60).withExecutor(this::execute).withFetchAhead(60));
    accepted = 1_000;
    for (int quick = 0; quick < 20; quick++) {
      on.come("quick");
      runAll();
    }
    asked = 0;
    String[] tasks = new String[120];
    Arrays.fill(tasks, "quick");
    tasks[0] = "slow";
    on.come(tasks);
    int atFirst = asked;
    commands.remove().run();
    assertThat(started)
        .as("threads at each look: the first one finds that tasks were taken since the last one")
        .containsExactly(atFirst, atFirst, atFirst + 1, atFirst + 2, atFirst + 3, atFirst + 4);
  }

  /** Only a request of the executor shows that it has threads again. */
  @Test
  void whenTheExecutorIsAskedAgainTheWorkerPullsForAllPlaces() {
    List<Integer> pulls = new ArrayList<>();
    TaskWorker unused =
        on.start(
            task -> {
              if (task.taskId().equals("b")) {
                accepted = 8;
                int before = on.pulls.size();
                advance(99);
                assertThat(on.pulls).as("pulls before the request").hasSize(before);
                advance(1);
                on.pulls.subList(before, on.pulls.size()).forEach(pull -> pulls.add(pull.max()));
              }
            },
            on.options(8).withExecutor(this::execute));
    accepted = 1;
    on.come("a", "b");
    runAll();
    assertThat(pulls).as("pulls beside the handler of b").containsExactly(7);
  }
}
