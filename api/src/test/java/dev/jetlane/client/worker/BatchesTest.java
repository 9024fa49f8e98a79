// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.BatchHandler;
import dev.jetlane.Delivery;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerFailure.Kind;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.AbstractMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The waits, the interrupts and the refusals of batches, step by step. */
class BatchesTest {

  private static final Duration WAIT = Duration.ofSeconds(2);

  private final ScriptedWorker on = new ScriptedWorker();
  private final List<List<String>> batches = new ArrayList<>();

  @AfterEach
  void clearInterrupt() {
    boolean unused = Thread.interrupted();
  }

  private Map<Delivery, Throwable> note(Collection<Delivery> batch) {
    batches.add(batch.stream().map(Delivery::taskId).toList());
    return Map.of();
  }

  private TaskWorker start(BatchHandler handler, WorkerOptions options) {
    return on.startBatches(handler, 3, WAIT, options);
  }

  private void advance(long millis) {
    on.clock.advance(Duration.ofMillis(millis));
  }

  /** The alarm was set for a batch that was full before it. */
  @Test
  void theWaitOfABatchIsItsOwnAfterAFullOne() {
    TaskWorker worker = start(this::note, on.options(1));
    on.come("a");
    advance(500);
    on.come("b", "c");
    assertThat(batches).containsExactly(List.of("a", "b", "c"));
    advance(500);
    on.come("d");
    advance(1_999);
    assertThat(batches).as("1 ms before the end of the wait").hasSize(1);
    assertThat(worker.waiting()).isOne();
    assertThat(worker.isAtRest()).isTrue();
    advance(1);
    assertThat(batches).hasSize(2).last().isEqualTo(List.of("d"));
    assertThat(worker.waiting()).isZero();
    advance(1_000);
    on.come("e");
    advance(1_999);
    assertThat(batches).as("the third time").hasSize(2);
    advance(1);
    assertThat(batches).hasSize(3);
  }

  /** The first task of the line may lose its lease while it waits. */
  @Test
  void theWaitOfTheNextTaskCountsWhenTheFirstIsTakenBack() {
    TaskWorker worker = start(this::note, on.options(1).withInterruptOnLeaseLost(true));
    RecordedDelivery first = on.come("a").get(0);
    advance(1_000);
    on.come("b");
    boolean unused = first.lost.complete(null);
    assertThat(worker.waiting()).isOne();
    advance(1_999);
    assertThat(batches).isEmpty();
    advance(1);
    assertThat(batches).containsExactly(List.of("b"));
    assertThat(first.sent).doesNotContain("ack");
  }

  @Test
  void aTaskThatIsTakenBackIsNotInTheBatch() {
    TaskWorker unused = start(this::note, on.options(1).withInterruptOnLeaseLost(true));
    List<RecordedDelivery> tasks = on.come("a", "b");
    boolean unused2 = tasks.get(1).lost.complete(null);
    on.come("c");
    advance(2_000);
    assertThat(batches).containsExactly(List.of("a", "c"));
  }

  /** The others of the batch are still this worker's. */
  @Test
  void onlyTheLossOfAllTasksInterruptsABatch() {
    List<Boolean> interrupted = new ArrayList<>();
    List<RecordedDelivery> tasks = ScriptedWorker.tasks("a", "b", "c");
    TaskWorker unused =
        start(
            batch -> {
              for (RecordedDelivery task : tasks) {
                boolean unused2 = task.lost.complete(null);
                interrupted.add(Thread.currentThread().isInterrupted());
              }
              return note(batch);
            },
            on.options(1).withInterruptOnLeaseLost(true));
    on.come(tasks);
    assertThat(interrupted).as("after each loss").containsExactly(false, false, true);
    assertThat(Thread.interrupted()).as("the interrupt outlasts the batch").isFalse();
  }

  @Test
  void aLossAfterTheEndOfABatchInterruptsNothing() {
    TaskWorker unused = start(this::note, on.options(1).withInterruptOnLeaseLost(true));
    List<RecordedDelivery> tasks = on.come("a", "b", "c");
    for (RecordedDelivery task : tasks) {
      boolean unused2 = task.lost.complete(null);
    }
    assertThat(Thread.interrupted()).isFalse();
    assertThat(tasks).allMatch(task -> task.sent.equals(List.of("ack")));
  }

  private @Nullable WorkerFailure failureOf(BatchHandler handler) {
    ScriptedWorker each = new ScriptedWorker();
    TaskWorker unused = each.startBatches(handler, 2, WAIT, each.options(1));
    List<RecordedDelivery> tasks = each.come("a", "b");
    assertThat(tasks).noneMatch(task -> task.sent.contains("ack"));
    assertThat(each.failures).hasSize(2);
    return each.failures.get(0);
  }

  @Test
  @SuppressWarnings("NullAway") // A handler may not know the contract.
  void aResultThatIsNoMapOfTheBatchFailsAllTasks() {
    assertThat(failureOf(batch -> null)).asString().contains("returned null instead of a map");
    Map<Delivery, Throwable> other = new HashMap<>();
    other.put(ScriptedWorker.tasks("other").get(0), new IllegalStateException("bad"));
    assertThat(failureOf(batch -> other))
        .asString()
        .contains("reported another task")
        .contains("other");
    Map<Delivery, Throwable> nothing = new HashMap<>();
    assertThat(
            failureOf(
                batch -> {
                  nothing.put(batch.get(0), null);
                  return nothing;
                }))
        .asString()
        .contains("reported null as the failure of");
    IllegalStateException why = new IllegalStateException("bad");
    assertThat(
            failureOf(
                batch -> {
                  throw why;
                }))
        .extracting(WorkerFailure::cause)
        .isSameAs(why);
  }

  @Test
  void eachTaskOfABatchHasItsOwnOutcome() {
    IllegalStateException why = new IllegalStateException("bad");
    TaskWorker unused = start(batch -> Map.of(batch.get(1), why), on.options(1));
    List<RecordedDelivery> tasks = on.come("a", "b", "c");
    assertThat(tasks)
        .extracting(task -> task.sent)
        .containsExactly(List.of("ack"), List.of("nak " + ScriptedWorker.RETRY), List.of("ack"));
    assertThat(on.failures).singleElement().extracting(WorkerFailure::cause).isSameAs(why);
  }

  /** Each batch of a worker has its own limit, from its start. */
  @Test
  void theTimeLimitOfEachBatchIsExact() {
    List<RecordedDelivery> tasks = ScriptedWorker.tasks("a", "b", "c");
    TaskWorker unused =
        start(
            batch -> {
              on.clock.advance(Duration.ofMillis(9_999));
              assertThat(Thread.interrupted()).as("before the limit").isFalse();
              on.clock.advance(Duration.ofMillis(1));
              assertThat(Thread.interrupted()).as("at the limit").isTrue();
              return note(batch);
            },
            on.options(1).withTimeLimit(Duration.ofSeconds(10)));
    on.come(tasks);
    on.come("d");
    advance(2_000);
    assertThat(batches).containsExactly(List.of("a", "b", "c"), List.of("d"));
    assertThat(on.kinds()).hasSize(4).containsOnly(Kind.ATTEMPT_FAILED);
    assertThat(tasks).allMatch(task -> task.sent.equals(List.of("nak " + ScriptedWorker.RETRY)));
  }

  /** The time at the executor is not that of the handler. */
  @Test
  void theTimeLimitOfABatchThatStartsLateBeginsWithItsHandler() {
    Deque<Runnable> commands = new ArrayDeque<>();
    List<Boolean> interrupted = new ArrayList<>();
    WorkerOptions options =
        on.options(1).withTimeLimit(Duration.ofSeconds(10)).withExecutor(commands::add);
    TaskWorker unused =
        start(
            batch -> {
              on.clock.advance(Duration.ofMillis(9_999));
              interrupted.add(Thread.interrupted());
              on.clock.advance(Duration.ofMillis(1));
              interrupted.add(Thread.interrupted());
              return note(batch);
            },
            options);
    on.come("a", "b", "c");
    commands.remove().run();
    advance(5_000);
    commands.remove().run();
    assertThat(interrupted).as("before the limit, at the limit").containsExactly(false, true);
  }

  /** The executor refuses batches and not the thread that adds tasks to them. */
  @Test
  void aRefusedBatchIsStartedAgainAfterEach20Milliseconds() {
    Deque<Runnable> commands = new ArrayDeque<>();
    int[] asked = {0};
    boolean[] refuses = {false};
    WorkerOptions options =
        on.options(1)
            .withExecutor(
                command -> {
                  asked[0]++;
                  if (refuses[0]) {
                    throw new RejectedExecutionException("full");
                  }
                  commands.add(command);
                });
    TaskWorker worker = start(this::note, options);
    on.come("a", "b", "c");
    refuses[0] = true;
    asked[0] = 0;
    commands.remove().run();
    assertThat(asked[0]).as("requests for the batch").isOne();
    for (int again = 2; again < 6; again++) {
      advance(19);
      assertThat(asked[0]).isEqualTo(again - 1);
      advance(1);
      assertThat(asked[0]).as("requests after 20 ms").isEqualTo(again);
    }
    assertThat(on.failures)
        .singleElement()
        .isEqualTo(
            new WorkerFailure(
                Kind.EXECUTOR_REFUSED,
                "p",
                null,
                on.failures.get(0).cause(),
                "the tasks of the batch keep their leases, and the worker asks the executor again"));
    assertThat(on.failures.get(0).cause()).isInstanceOf(RejectedExecutionException.class);
    refuses[0] = false;
    advance(20);
    commands.remove().run();
    assertThat(batches).containsExactly(List.of("a", "b", "c"));
    assertThat(worker.running()).isZero();
  }

  /** The clock of a queue must not run user code, such as an executor that runs batches itself. */
  @Test
  void aBatchStartsOutsideTheThreadOfTheClock() {
    TaskWorker unused = start(this::note, on.options(1));
    on.come("a");
    on.clock.holdsReactions = true;
    advance(2_000);
    assertThat(batches).as("handled on the thread of the clock").isEmpty();
    on.clock.react();
    assertThat(batches).containsExactly(List.of("a"));
  }

  @Test
  void aPauseStartsEachBatchThatWaitsAndTheResumedWorkerWaitsAgain() {
    TaskWorker worker = start(this::note, on.options(1));
    on.come("a", "b");
    worker.pause();
    assertThat(batches).containsExactly(List.of("a", "b"));
    worker.resume();
    on.come("c");
    advance(1_999);
    assertThat(batches).hasSize(1);
    advance(1);
    assertThat(batches).hasSize(2).last().isEqualTo(List.of("c"));
  }

  @Test
  void theClockIsSignalledWhenATaskBeginsToWait() {
    TaskWorker worker = start(this::note, on.options(1));
    int before = on.clock.signals;
    on.come("a");
    assertThat(on.clock.signals)
        .as("signals of a task that waits for others")
        .isGreaterThan(before);
    assertThat(worker.isAtRest()).isTrue();
    assertThat(worker.running()).isOne();
    assertThat(worker.waiting()).isOne();
    assertThat(worker.concurrency()).isEqualTo(3);
  }

  /** A tree cannot look for a delivery, which has no order. */
  @Test
  void aMapThatCannotBeAskedForATaskIsRead() {
    TaskWorker worker = start(batch -> new TreeMap<>(), on.options(1));
    List<RecordedDelivery> tasks = on.come("a", "b", "c");
    assertThat(tasks).allMatch(task -> task.sent.equals(List.of("ack")));
    assertThat(worker.running()).isZero();
    Map<Delivery, Throwable> broken =
        new AbstractMap<>() {
          @Override
          public Set<Entry<Delivery, Throwable>> entrySet() {
            throw new IllegalStateException("no entries");
          }
        };
    assertThat(failureOf(batch -> broken)).asString().contains("no entries");
  }

  /** A batch that ignores the interrupt still runs, so it has its places, and no other begins. */
  @Test
  void aBatchThatExceedsItsTimeLimitKeepsItsPlacesUntilItEnds() {
    List<Integer> seen = new ArrayList<>();
    List<TaskWorker> self = new ArrayList<>();
    WorkerOptions options =
        on.options(1).withTimeLimit(Duration.ofSeconds(10)).withHungAfter(Duration.ofSeconds(20));
    TaskWorker worker =
        start(
            batch -> {
              on.clock.advance(Duration.ofSeconds(30));
              assertThat(Thread.interrupted()).as("interrupted").isTrue();
              TaskWorker own = self.get(0);
              seen.add(own.running());
              seen.add(on.pulls.size());
              assertThat(own.health().ready()).as("ready while its only batch hangs").isFalse();
              return note(batch);
            },
            options);
    self.add(worker);
    List<RecordedDelivery> tasks = on.come("a", "b", "c");
    assertThat(seen).as("places, and pulls").containsExactly(3, 1);
    assertThat(worker.running()).isZero();
    assertThat(on.pulls).as("pulls after the end").hasSize(2);
    assertThat(tasks).allMatch(task -> task.sent.equals(List.of("nak " + ScriptedWorker.RETRY)));
    assertThat(on.kinds()).hasSize(6).containsOnly(Kind.ATTEMPT_FAILED, Kind.HUNG);
  }
}
