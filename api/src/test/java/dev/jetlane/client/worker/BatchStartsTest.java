// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.BatchHandler;
import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.Health;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerFailure.Kind;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The starts of batches on an executor that refuses them, throws anything, or starts them late. */
class BatchStartsTest {

  private static final Duration WAIT = Duration.ofSeconds(2);
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final RejectedExecutionException full = new RejectedExecutionException("full");
  private final String refuses = "the executor refuses to run handlers: " + full;

  private final ScriptedWorker on = new ScriptedWorker();
  private final List<List<String>> batches = new ArrayList<>();

  /** The commands that the executor accepted and has not run. */
  private final Deque<Runnable> commands = new ArrayDeque<>();

  private int asked;
  private Runnable onAsked = () -> {};

  /** The exception of the executor; null if it accepts each command. */
  private @Nullable Throwable refusal;

  @AfterEach
  void clearInterrupt() {
    boolean unused = Thread.interrupted();
  }

  private void execute(Runnable command) {
    asked++;
    onAsked.run();
    if (refusal instanceof Error error) {
      throw error;
    }
    if (refusal != null) {
      throw (RuntimeException) refusal;
    }
    commands.add(command);
  }

  private Map<Delivery, Throwable> note(Collection<Delivery> batch) {
    batches.add(batch.stream().map(Delivery::taskId).toList());
    return Map.of();
  }

  private TaskWorker start(int most, int size, BatchHandler handler, WorkerOptions options) {
    return on.startBatches(
        handler, size, WAIT, options.withConcurrency(most).withExecutor(this::execute));
  }

  private TaskWorker start(int most, int size, BatchHandler handler) {
    return start(most, size, handler, on.options(1));
  }

  private void runNext() {
    commands.remove().run();
  }

  private void advance(long millis) {
    on.clock.advance(Duration.ofMillis(millis));
  }

  /** The first report may be weeks old, and a worker without a thread is not ready. */
  @Test
  void theFirstRefusalOfEachOutageIsReportedAndShownUntilABatchStarts() {
    TaskWorker worker = start(1, 3, this::note);
    for (int outage = 1; outage <= 3; outage++) {
      on.come("a", "b", "c");
      refusal = full;
      runNext();
      for (int again = 0; again < 50; again++) {
        advance(20);
      }
      assertThat(on.kinds())
          .as("reports in outage %d", outage)
          .hasSize(outage)
          .containsOnly(Kind.EXECUTOR_REFUSED);
      assertThat(on.failures.get(outage - 1).cause()).isSameAs(full);
      assertThat(worker.health().ready()).as("ready in outage %d", outage).isFalse();
      assertThat(worker.health().live()).isTrue();
      assertThat(worker.health().problems()).containsExactly(refuses);
      refusal = null;
      advance(20);
      assertThat(worker.health().problems()).as("before the batch starts").hasSize(1);
      runNext();
      assertThat(worker.health().problems()).as("after outage %d", outage).isEmpty();
      assertThat(batches).hasSize(outage);
    }
  }

  /** A clock that moves only while all workers are idle would not reach the next request. */
  @Test
  void aWorkerIsIdleWhileItsBatchIsRefusedAndBusyOnceItIsAccepted() {
    TaskWorker worker = start(1, 3, this::note);
    on.come("a", "b", "c");
    assertThat(asked).as("threads that only add tasks to batches").isOne();
    refusal = full;
    runNext();
    assertThat(worker.waiting()).isEqualTo(3);
    assertThat(worker.isAtRest()).as("at rest after the first refusal").isTrue();
    for (int again = 0; again < 3; again++) {
      int before = on.clock.signals;
      advance(20);
      assertThat(on.clock.signals).as("signals of a refusal").isGreaterThan(before);
      assertThat(worker.isAtRest()).as("at rest after a further refusal").isTrue();
    }
    refusal = null;
    advance(20);
    assertThat(worker.waiting()).isZero();
    assertThat(worker.isAtRest()).as("at rest with an accepted batch").isFalse();
    runNext();
    assertThat(worker.isAtRest()).as("at rest after the batch").isTrue();
    assertThat(worker.running()).isZero();
  }

  /** The clock of a test may move as soon as the worker is idle, and the wait would begin later. */
  @Test
  void aWorkerIsBusyUntilTheStartOfItsBatchIsPlanned() {
    TaskWorker worker = start(1, 2, this::note);
    List<Boolean> idle = new ArrayList<>();
    on.clock.onWish = () -> idle.add(worker.isAtRest() && worker.running() == worker.waiting());
    on.come("a");
    runNext();
    assertThat(worker.isAtRest()).isTrue();
    assertThat(idle).as("at the plan of the first start").isNotEmpty().containsOnly(false);
    idle.clear();
    on.come("b");
    refusal = full;
    runNext();
    assertThat(worker.isAtRest()).isTrue();
    assertThat(idle).as("at the plan of the next try").isNotEmpty().containsOnly(false);
    idle.clear();
    advance(20);
    assertThat(worker.isAtRest()).isTrue();
    assertThat(idle).as("at the plan of a further try").isNotEmpty().containsOnly(false);
  }

  @Test
  void aWorkerIsBusyWhileItsExecutorHasABatchThatItHasNotStarted() {
    TaskWorker worker = start(1, 2, this::note);
    on.come("a", "b");
    runNext();
    assertThat(batches).isEmpty();
    assertThat(worker.waiting()).isZero();
    assertThat(worker.isAtRest()).isFalse();
    runNext();
    assertThat(worker.isAtRest()).isTrue();
  }

  /** The batch starts when the other one ends, so nothing is wrong with the worker. */
  @Test
  void aRefusalBesideARunningBatchIsNoOutageAndReportedOnce() {
    List<Integer> reports = new ArrayList<>();
    List<Boolean> ready = new ArrayList<>();
    List<TaskWorker> self = new ArrayList<>();
    self.add(
        start(
            2,
            2,
            batch -> {
              if (batch.get(0).taskId().equals("first")) {
                on.come("c", "d");
                refusal = full;
                runNext();
                advance(60);
                reports.add(on.failures.size());
                ready.add(self.get(0).health().ready());
              }
              return note(batch);
            }));
    for (int round = 1; round <= 2; round++) {
      on.come("first", "b");
      runNext();
      runNext();
      advance(60);
      reports.add(on.failures.size());
      assertThat(self.get(0).health().problems()).containsExactly(refuses);
      refusal = null;
      advance(20);
      runNext();
      assertThat(batches).hasSize(2 * round);
    }
    assertThat(ready).as("ready beside a running batch").containsExactly(true, true);
    assertThat(reports)
        .as("reports beside a batch and after it, and both again")
        .containsExactly(1, 2, 2, 3);
  }

  /** The clock of a queue must not run user code, such as an executor that runs batches itself. */
  @Test
  void aRefusedBatchIsStartedAgainOutsideTheThreadOfTheClock() {
    TaskWorker unused = start(1, 2, this::note);
    on.come("a", "b");
    refusal = full;
    runNext();
    asked = 0;
    on.clock.holdsReactions = true;
    advance(20);
    assertThat(asked).as("requests on the thread of the clock").isZero();
    on.clock.react();
    assertThat(asked).isOne();
  }

  /** An executor of a user may throw other exceptions than that of a full queue. */
  @Test
  void eachExceptionOfAnExecutorIsARefusal() {
    for (Throwable why : List.of(new IllegalStateException("odd"), new StackOverflowError())) {
      on.failures.clear();
      batches.clear();
      TaskWorker worker = start(1, 2, this::note);
      on.come("a", "b");
      refusal = why;
      runNext();
      assertThat(on.failures).singleElement().extracting(WorkerFailure::cause).isSameAs(why);
      refusal = null;
      advance(20);
      runNext();
      assertThat(batches).containsExactly(List.of("a", "b"));
      assertThat(worker.running()).isZero();
      worker.abandon();
    }
  }

  @Test
  void anErrorOfTheHandlerFailsItsTasksAndCostsNoPlace() {
    Error error = new StackOverflowError();
    TaskWorker worker =
        start(
            1,
            2,
            batch -> {
              throw error;
            });
    for (int round = 1; round <= 2; round++) {
      List<RecordedDelivery> tasks = on.come("a", "b");
      runNext();
      runNext();
      assertThat(tasks).allMatch(task -> task.sent.equals(List.of("nak " + ScriptedWorker.RETRY)));
      assertThat(on.failures).hasSize(2 * round).allMatch(failure -> failure.cause() == error);
      assertThat(worker.running()).isZero();
    }
  }

  /** Another worker has them. */
  @Test
  void theTasksThatAreLostBeforeTheirBatchStartsAreNotHandled() {
    TaskWorker worker = start(1, 3, this::note, on.options(1).withInterruptOnLeaseLost(true));
    List<RecordedDelivery> tasks = on.come("a", "b", "c");
    runNext();
    boolean unused = tasks.get(1).lost.complete(null);
    runNext();
    assertThat(batches).containsExactly(List.of("a", "c"));
    List<RecordedDelivery> lost = on.come("d", "e", "f");
    runNext();
    for (RecordedDelivery each : lost) {
      boolean unused2 = each.lost.complete(null);
    }
    runNext();
    assertThat(batches).as("a batch without a task").hasSize(1);
    on.come("g", "h", "i");
    runNext();
    runNext();
    assertThat(batches).hasSize(2).last().isEqualTo(List.of("g", "h", "i"));
    assertThat(worker.isAtRest()).isTrue();
  }

  /** The clock of the machine was woken before, when all tasks waited. */
  @Test
  void theClockIsWokenAtTheTimeLimitOfEachBatch() {
    Duration limit = WAIT.dividedBy(2);
    List<Duration> wishes = new ArrayList<>();
    TaskWorker unused =
        start(
            1,
            2,
            batch -> {
              wishes.addAll(on.clock.wishes);
              return note(batch);
            },
            on.options(1).withTimeLimit(limit));
    for (int batch = 1; batch <= 3; batch++) {
      on.come("a");
      runNext();
      on.clock.advance(limit);
      List.copyOf(on.clock.works).forEach(work -> work.runDue(on.clock.nanoTime()));
      on.clock.advance(limit);
      on.clock.wishes.clear();
      wishes.clear();
      runNext();
      assertThat(batches).hasSize(batch);
      assertThat(wishes)
          .as("times for which the clock is woken in batch %d", batch)
          .containsExactly(on.clock.elapsed().plus(limit));
    }
  }

  /** The worker keeps pulling, so that only its health shows that it handles nothing. */
  @Test
  void aWorkerIsNotReadyWhenAllItsBatchesHangHoweverSmallTheyAre() {
    List<Boolean> ready = new ArrayList<>();
    List<TaskWorker> self = new ArrayList<>();
    self.add(
        start(
            2,
            3,
            batch -> {
              on.clock.advance(LIMIT);
              ready.add(self.get(0).health().ready());
              if (batches.isEmpty()) {
                note(batch);
                on.come("b");
                runNext();
                advance(WAIT.toMillis());
                on.come("c");
                runNext();
                runNext();
              }
              return Map.of();
            },
            on.options(1).withHungAfter(LIMIT)));
    on.come("a");
    runNext();
    advance(WAIT.toMillis());
    runNext();
    assertThat(ready)
        .as("ready beside one hanging batch, and beside two")
        .containsExactly(true, false);
  }

  /** A batch may run for hours, and its end must not start another one after a pause. */
  @Test
  void aPauseGivesBackTheTasksThatFindNoHandler() {
    List<@Nullable Throwable> heard = new ArrayList<>();
    on.listeners =
        task ->
            new Handling() {
              @Override
              public void ended(@Nullable Throwable failure) {
                heard.add(failure);
              }
            };
    List<TaskWorker> self = new ArrayList<>();
    List<List<RecordedDelivery>> late = new ArrayList<>();
    self.add(
        start(
            1,
            3,
            batch -> {
              note(batch);
              if (late.isEmpty()) {
                late.add(on.come("b", "c"));
                while (!commands.isEmpty()) {
                  runNext();
                }
                self.get(0).pause();
              }
              return Map.of();
            }));
    List<RecordedDelivery> first = on.come("a");
    runNext();
    advance(WAIT.toMillis());
    runNext();
    assertThat(first).allMatch(task -> task.sent.equals(List.of("ack")));
    assertThat(batches).as("batches after the pause").hasSize(1);
    assertThat(late.get(0)).allMatch(task -> task.sent.equals(List.of("release")));
    assertThat(heard).as("failures of handlers").hasSize(3).containsOnlyNulls();
    TaskWorker worker = self.get(0);
    assertThat(worker.running()).isZero();
    assertThat(worker.isAtRest()).isTrue();
    worker.resume();
    on.come("e", "f", "g");
    runNext();
    runNext();
    assertThat(batches).hasSize(2).last().isEqualTo(List.of("e", "f", "g"));
  }

  /** The executor may accept it long after the pause. */
  @Test
  void aPauseGivesBackTheTasksOfARefusedBatch() {
    TaskWorker worker = start(1, 2, this::note);
    List<RecordedDelivery> refused = on.come("a", "b");
    refusal = full;
    runNext();
    worker.pause();
    assertThat(refused).allMatch(task -> task.sent.equals(List.of("release")));
    assertThat(worker.running()).isZero();
    assertThat(worker.health()).as("no task waits for a thread").isEqualTo(Health.up());
    refusal = null;
    advance(20);
    assertThat(commands).as("batches that the executor got in the pause").isEmpty();
    worker.resume();
    on.come("c", "d");
    runNext();
    runNext();
    assertThat(batches).containsExactly(List.of("c", "d"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPauseDuringARefusalGivesBackTheTasksOfTheBatch(boolean again) {
    TaskWorker worker = start(1, 2, this::note);
    List<RecordedDelivery> refused = on.come("a", "b");
    refusal = full;
    onAsked = again ? () -> {} : worker::pause;
    runNext();
    onAsked = worker::pause;
    advance(20);
    assertThat(refused).allMatch(task -> task.sent.equals(List.of("release")));
    assertThat(worker.running()).isZero();
    assertThat(worker.health()).isEqualTo(Health.up());
  }

  @Test
  void aTaskThatComesToWaitDuringAPauseIsGivenBack() {
    List<TaskWorker> self = new ArrayList<>();
    List<RecordedDelivery> late = new ArrayList<>();
    on.listeners =
        task -> {
          if (task.taskId().equals("b")) {
            self.get(0).pause();
          }
          return Handling.NONE;
        };
    self.add(
        start(
            1,
            2,
            batch -> {
              note(batch);
              late.addAll(on.come("b"));
              runNext();
              return Map.of();
            }));
    on.come("a");
    runNext();
    advance(WAIT.toMillis());
    runNext();
    assertThat(batches).containsExactly(List.of("a"));
    assertThat(late).allMatch(task -> task.sent.equals(List.of("release"))).hasSize(1);
    assertThat(self.get(0).running()).isZero();
  }

  /** A refused batch starts after a later one, which then has run longer. */
  @Test
  void theHealthNamesTheLongestTimeWhateverTheOrderOfTheStarts() {
    List<String> problems = new ArrayList<>();
    List<TaskWorker> self = new ArrayList<>();
    self.add(
        start(
            2,
            1,
            batch -> {
              if (batch.get(0).taskId().equals("second")) {
                refusal = full;
                advance(5_000);
                refusal = null;
                advance(20);
                runNext();
              } else {
                on.clock.advance(LIMIT);
                problems.addAll(self.get(0).health().problems());
              }
              return note(batch);
            },
            on.options(1).withHungAfter(LIMIT)));
    on.come("first");
    refusal = full;
    runNext();
    refusal = null;
    on.come("second");
    runNext();
    runNext();
    assertThat(batches).containsExactly(List.of("first"), List.of("second"));
    assertThat(problems).containsExactly("2 tasks are in batches that hang, for up to 15.0 s");
  }
}
