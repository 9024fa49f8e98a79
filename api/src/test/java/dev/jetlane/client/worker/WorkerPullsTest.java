// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Limits;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Worker.State;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerFailure.Kind;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pulls of a worker: their sizes and waits, and what follows a failed one. */
class WorkerPullsTest {

  private final QueueUnavailableException away = new QueueUnavailableException("away", null);
  private final QueueClosedException closed = new QueueClosedException("closed", null);

  private final ScriptedWorker on = new ScriptedWorker();

  private TaskWorker start(int concurrency) {
    return on.start(task -> {}, on.options(concurrency));
  }

  private void advance(long millis) {
    on.clock.advance(Duration.ofMillis(millis));
  }

  /** The pauses double up to two seconds, and each one is exact. */
  @Test
  void thePausesAfterFailedPullsDoubleUpToTwoSeconds() {
    TaskWorker unused = start(1);
    for (long pause : new long[] {100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000}) {
      on.fail(away);
      int pulls = on.pulls.size();
      advance(pause - 1);
      assertThat(on.pulls)
          .as("pulls 1 ms before the end of the pause of %d ms", pause)
          .hasSize(pulls);
      advance(1);
      assertThat(on.pulls).as("pulls after the pause of %d ms", pause).hasSize(pulls + 1);
    }
  }

  /** Otherwise a worker without a server would pull at the end of each handler. */
  @Test
  void theEndOfAHandlerDoesNotEndThePauseAfterAFailedPull() {
    CompletableFuture<Void> stage = new CompletableFuture<>();
    TaskWorker worker = on.startAsync(task -> stage, on.options(2));
    on.come("a");
    assertThat(on.pulls).hasSize(2);
    on.fail(away);
    boolean unused = stage.complete(null);
    assertThat(worker.running()).isZero();
    worker.pause();
    worker.resume();
    assertThat(on.pulls).as("pulls during the pause").hasSize(2);
    advance(100);
    assertThat(on.pulls).as("pulls after the pause").hasSize(3);
  }

  /** A handler may end while the failure is being reported. */
  @Test
  void thePauseAfterAFailedPullBeginsBeforeItsReport() {
    CompletableFuture<Void> stage = new CompletableFuture<>();
    TaskWorker worker =
        on.startAsync(
            task -> stage,
            on.options(2)
                .withFailureListener(
                    failure -> {
                      on.failures.add(failure);
                      boolean unused = stage.complete(null);
                    }));
    on.come("a");
    on.fail(away);
    assertThat(on.kinds()).containsExactly(Kind.PULL_FAILED);
    assertThat(worker.running()).isZero();
    assertThat(on.pulls).as("pulls at the report of the second one").hasSize(2);
    advance(99);
    assertThat(on.pulls).hasSize(2);
    advance(1);
    assertThat(on.pulls).as("pulls after the pause").hasSize(3);
  }

  @Test
  void onlyThePullAfterAFailureDoesNotWait() {
    TaskWorker unused = start(1);
    on.fail(away);
    advance(100);
    on.fail(away);
    advance(200);
    on.come();
    on.come("a");
    assertThat(on.pulls)
        .extracting(ScriptedWorker.Pull::longest)
        .containsExactly(
            ScriptedWorker.PULL_WAIT,
            Duration.ZERO,
            Duration.ZERO,
            ScriptedWorker.PULL_WAIT,
            ScriptedWorker.PULL_WAIT);
  }

  @Test
  void theFirstFailedPullOfEachSeriesIsReported() {
    TaskWorker worker = start(1);
    for (int series = 1; series <= 3; series++) {
      on.fail(away);
      advance(100);
      on.fail(away);
      assertThat(on.kinds()).as("reports in series %d", series).hasSize(series);
      assertThat(worker.health().problems()).containsExactly(away.toString());
      assertThat(worker.health().ready()).isFalse();
      assertThat(worker.health().live()).isTrue();
      advance(200);
      on.come();
      assertThat(worker.health().ready()).isTrue();
    }
    assertThat(on.failures)
        .allSatisfy(
            failure -> {
              assertThat(failure.kind()).isEqualTo(Kind.PULL_FAILED);
              assertThat(failure.cause()).isSameAs(away);
              assertThat(failure.delivery()).isNull();
              assertThat(failure.next()).isEqualTo("the worker retries, at least every 2 s");
            });
  }

  /** Otherwise no pull of such a worker is valid. */
  @Test
  void noPullIsLargerThanTheLargestOne() {
    TaskWorker unused =
        on.start(task -> {}, on.options(Limits.MAX_PULL).withFetchAhead(Limits.MAX_PULL));
    assertThat(on.pulls).extracting(ScriptedWorker.Pull::max).containsExactly(Limits.MAX_PULL);
  }

  @Test
  void aPullAsksForTheFreePlacesAndTheTasksAhead() {
    TaskWorker unused =
        on.startAsync(task -> new CompletableFuture<>(), on.options(3).withFetchAhead(4));
    on.come("a", "b", "c", "d");
    on.come();
    assertThat(on.pulls).extracting(ScriptedWorker.Pull::max).containsExactly(7, 3, 3);
  }

  /** Otherwise the places of a worker with long tasks would stay empty until one of them ends. */
  @Test
  void theStartOfAHandlerMakesRoomForTheNextPull() {
    List<Runnable> commands = new ArrayList<>();
    TaskWorker worker =
        on.startAsync(
            task -> new CompletableFuture<>(),
            on.options(4).withFetchAhead(2).withExecutor(commands::add));
    on.come("a", "b", "c", "d", "e", "f");
    assertThat(on.pulls).as("pulls while all are ahead").hasSize(1);
    commands.get(0).run();
    assertThat(worker.running()).isEqualTo(4);
    assertThat(worker.ahead()).isEqualTo(2);
    assertThat(on.pulls).as("pulls while as many are ahead as there may be").hasSize(1);
    worker.abandon();
    TaskWorker other =
        on.startAsync(
            task -> new CompletableFuture<>(),
            on.options(4).withFetchAhead(2).withExecutor(commands::add));
    commands.clear();
    on.come("a", "b", "c");
    assertThat(on.pulls).as("pulls while three are ahead").hasSize(2);
    commands.get(0).run();
    assertThat(other.running()).isEqualTo(3);
    assertThat(on.pulls).as("pulls after the starts").hasSize(3);
  }

  private List<WorkerFailure> failuresOf(Throwable refusal) {
    on.refusal = refusal;
    TaskWorker worker = start(1);
    assertThat(worker.state()).isEqualTo(State.RUNNING);
    assertThat(on.pulls).hasSize(1);
    on.refusal = null;
    advance(100);
    assertThat(on.pulls).as("pulls after the pause").hasSize(2);
    on.come();
    assertThat(worker.health().ready()).isTrue();
    return on.failures;
  }

  @Test
  void anExceptionOfThePullCallIsAFailedPull() {
    RuntimeException why = new IllegalStateException("a defect");
    assertThat(failuresOf(why)).singleElement().extracting(WorkerFailure::cause).isSameAs(why);
  }

  @Test
  void anErrorOfThePullCallIsAFailedPull() {
    Error why = new StackOverflowError();
    assertThat(failuresOf(why)).singleElement().extracting(WorkerFailure::cause).isSameAs(why);
  }

  @Test
  void theCauseOfADependentFutureIsReported() {
    TaskWorker unused = start(1);
    on.fail(new CompletionException(away));
    assertThat(on.failures).singleElement().extracting(WorkerFailure::cause).isSameAs(away);
  }

  @Test
  void aPullWithoutAResultIsAFailedPull() {
    TaskWorker unused = start(1);
    boolean unused2 = on.pulls.get(0).answer().complete(null);
    assertThat(on.failures).singleElement().asString().contains("completed without a result");
    advance(100);
    assertThat(on.pulls).hasSize(2);
  }

  /** A closed queue opens never again, so that a further pull would be useless. */
  @ParameterizedTest
  @ValueSource(strings = {"failed", "wrapped", "thrown"})
  void aClosedQueueEndsTheWorker(String kind) {
    on.refusal = kind.equals("thrown") ? closed : null;
    TaskWorker worker = start(1);
    if (kind.equals("failed")) {
      on.fail(closed);
    } else if (kind.equals("wrapped")) {
      on.fail(new CompletionException(closed));
    }
    assertThat(worker.state()).isEqualTo(State.CLOSED);
    assertThat(worker.health().problems()).containsExactly("the worker has ended: " + closed);
    assertThat(on.failures)
        .singleElement()
        .hasToString(
            "partition p: the worker has ended (" + closed + "); the worker ends with its queue");
    advance(60_000);
    assertThat(on.pulls).hasSize(1);
  }

  /** The worker ends anyway. */
  @Test
  void aQueueThatClosesDuringADrainIsNotReported() throws InterruptedException {
    on.ignoresCancel = true;
    TaskWorker worker = on.startAsync(task -> new CompletableFuture<>(), on.options(2));
    on.come("a");
    on.clock.others.add(() -> on.fail(closed));
    assertThat(worker.drain(Duration.ofSeconds(1))).isFalse();
    assertThat(on.failures).isEmpty();
    assertThat(on.clock.elapsed())
        .as("a drain that the pull does not end")
        .isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void aPauseNoLongerWaitsForAPullThatFailed() {
    on.ignoresCancel = true;
    TaskWorker worker = start(1);
    on.clock.others.add(() -> on.fail(away));
    worker.pause();
    assertThat(on.clock.elapsed()).as("the time of the pause").isEqualTo(Duration.ZERO);
  }

  /** The handler runs on the thread that ends the pull. */
  @Test
  void aHandlerThatPausesItsWorkerDoesNotWaitForItsOwnPull() {
    List<TaskWorker> self = new ArrayList<>();
    self.add(on.start(task -> self.get(0).pause(), on.options(1)));
    on.come("a");
    assertThat(self.get(0).state()).isEqualTo(State.PAUSED);
    assertThat(on.clock.elapsed()).as("the time of the pause").isEqualTo(Duration.ZERO);
  }

  /** A clock that moves only while all workers are idle waits for this signal. */
  @Test
  void theClockIsSignalledWhenAPullFailsOrEndsWithoutATask() {
    TaskWorker worker = start(1);
    int before = on.clock.signals;
    on.come();
    assertThat(on.clock.signals).as("signals after an empty pull").isGreaterThan(before);
    assertThat(worker.isAtRest()).isTrue();
    before = on.clock.signals;
    on.fail(away);
    assertThat(on.clock.signals).as("signals after a failed pull").isGreaterThan(before);
    assertThat(worker.isAtRest()).isTrue();
  }

  /** Also of a queue that calls back on a thread that must not run user code. */
  @Test
  void aHandlerStartsOutsideTheThreadOfTheQueue() {
    List<String> handled = new ArrayList<>();
    TaskWorker unused = on.start(task -> handled.add(task.taskId()), on.options(1));
    on.clock.holdsReactions = true;
    on.come("a");
    assertThat(handled).as("handled on the thread of the queue").isEmpty();
    on.clock.react();
    assertThat(handled).containsExactly("a");
  }

  /** A task of a higher priority would wait for more. */
  @Test
  void inAQueueWithPrioritiesAtMostThreeHundredAreLeasedAhead() {
    assertThat(largestPull(2)).isEqualTo(FetchAhead.MOST_WITH_PRIORITIES + 1);
    assertThat(largestPull(1)).isEqualTo(FetchAhead.MOST + 1);
  }

  /** Handles quick tasks, after a confirmation that took ten milliseconds. */
  private static int largestPull(int priorities) {
    ScriptedWorker each = new ScriptedWorker();
    each.priorities = priorities;
    each.maxDeliveries = 3 - priorities; // Not mistaken for the priorities.
    TaskWorker unused =
        each.start(
            task -> each.clock.advance(Duration.ofNanos(1_000)),
            WorkerOptions.concurrency(1)
                .withExecutor(Runnable::run)
                .withFailureListener(each.failures::add));
    RecordedDelivery first = ScriptedWorker.tasks("first").get(0);
    first.silent = true;
    each.come(List.of(first));
    each.clock.advance(Duration.ofMillis(10));
    boolean unused2 = first.unanswered.remove().complete(Settlement.SETTLED);
    String[] quick = new String[3_000];
    Arrays.fill(quick, "quick");
    each.come(quick);
    each.come();
    return each.pulls.stream().mapToInt(ScriptedWorker.Pull::max).max().orElseThrow();
  }
}
