// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Handling;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Settlement;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerFailure.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The handlers of a worker: their limits, their reports, and the tasks that follow them. */
class WorkerHandlersTest {

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final ScriptedWorker on = new ScriptedWorker();
  private final List<CompletableFuture<Void>> stages = new ArrayList<>();

  @AfterEach
  void clearInterrupt() {
    boolean unused = Thread.interrupted();
  }

  private CompletableFuture<Void> open() {
    CompletableFuture<Void> stage = new CompletableFuture<>();
    stages.add(stage);
    return stage;
  }

  private void complete(int stage) {
    boolean unused = stages.get(stage).complete(null);
  }

  private void advance(Duration time) {
    on.clock.advance(time);
  }

  /** No other event starts the next task. */
  @Test
  void theEndOfAStageStartsTheNextTaskAhead() {
    TaskWorker worker = on.startAsync(task -> open(), on.options(1).withFetchAhead(2));
    on.come("a", "b", "c");
    for (int ended = 0; ended < 3; ended++) {
      assertThat(stages).as("started after %d ends", ended).hasSize(ended + 1);
      assertThat(worker.ahead()).isEqualTo(2 - ended);
      complete(ended);
    }
    assertThat(worker.running()).isZero();
  }

  /** Each handler has the whole limit, to the nanosecond. */
  @Test
  void aTimeLimitIsExactForEachTask() {
    TaskWorker unused = on.startAsync(task -> open(), on.options(1).withTimeLimit(LIMIT));
    for (int task = 0; task < 3; task++) {
      advance(Duration.ofSeconds(3));
      RecordedDelivery delivery = on.come("task-" + task).get(0);
      advance(LIMIT.minusNanos(1));
      assertThat(delivery.sent).as("settlements before the limit").isEmpty();
      advance(Duration.ofNanos(1));
      assertThat(delivery.sent).containsExactly("nak " + ScriptedWorker.RETRY);
      assertThat(stages.get(task)).isCancelled();
    }
    assertThat(on.failures)
        .hasSize(3)
        .allSatisfy(
            failure -> {
              assertThat(failure.kind()).isEqualTo(Kind.ATTEMPT_FAILED);
              assertThat(failure.cause())
                  .isInstanceOf(TimeoutException.class)
                  .hasMessage("the handler exceeded its time limit, PT10S");
            });
  }

  @Test
  void eachHandlerThatHangsIsReportedOnceAtItsTime() {
    TaskWorker worker = on.startAsync(task -> open(), on.options(1).withHungAfter(LIMIT));
    for (int task = 0; task < 2; task++) {
      on.come("task-" + task);
      advance(LIMIT.minusNanos(1));
      assertThat(on.failures).as("reports before the time").hasSize(task);
      assertThat(worker.health().problems()).isEmpty();
      advance(Duration.ofNanos(1));
      assertThat(worker.health().problems())
          .containsExactly("1 of 1 handlers hang, for up to 10.0 s");
      advance(Duration.ofHours(1));
      assertThat(on.failures).as("reports after the time").hasSize(task + 1);
      complete(task);
      assertThat(worker.health().problems()).isEmpty();
    }
    assertThat(on.failures)
        .extracting(WorkerFailure::toString)
        .containsExactly(
            "partition p, task \"task-0\", attempt 1: the handler has been running for too long;"
                + " the worker does not interrupt it; it has been running for 10.0 s",
            "partition p, task \"task-1\", attempt 1: the handler has been running for too long;"
                + " the worker does not interrupt it; it has been running for 10.0 s");
  }

  @Test
  void theHealthNamesTheNumberOfHangingHandlersAndTheLongestTime() {
    TaskWorker worker = on.startAsync(task -> open(), on.options(3).withHungAfter(LIMIT));
    for (String id : List.of("a", "b", "c")) {
      on.come(id);
      advance(Duration.ofSeconds(6));
    }
    assertThat(worker.health().problems())
        .containsExactly("2 of 3 handlers hang, for up to 18.0 s");
    assertThat(worker.health().ready()).as("one handler is free of doubt").isTrue();
    complete(0);
    assertThat(worker.health().problems())
        .containsExactly("1 of 3 handlers hang, for up to 12.0 s");
    advance(LIMIT);
    on.come("d");
    advance(LIMIT);
    assertThat(worker.health().problems())
        .containsExactly("3 of 3 handlers hang, for up to 32.0 s");
    assertThat(worker.health().ready()).as("all handlers hang").isFalse();
    assertThat(worker.health().live()).isTrue();
  }

  /** A delivery whose lease ends at a time of the clock. */
  private RecordedDelivery leased(String id, Duration lease) {
    Duration end = on.clock.elapsed().plus(lease);
    RecordedDelivery delivery =
        new RecordedDelivery() {
          @Override
          public Duration leaseRemaining() {
            Duration left = end.minus(on.clock.elapsed());
            return left.isNegative() ? Duration.ZERO : left;
          }

          @Override
          public boolean leaseExpired() {
            return leaseRemaining().isZero();
          }
        };
    delivery.id = id;
    return delivery;
  }

  /** A confirmation that comes in the last moment still counts. */
  @Test
  void aLostLeaseIsReportedFiveMillisecondsAfterItsEnd() {
    TaskWorker worker = on.startAsync(task -> open(), on.options(1));
    on.come(List.of(leased("a", LIMIT)));
    advance(LIMIT.plusMillis(5).minusNanos(1));
    assertThat(on.failures).isEmpty();
    advance(Duration.ofNanos(1));
    assertThat(on.kinds()).containsExactly(Kind.LEASE_LOST);
    assertThat(worker.health().problems())
        .containsExactly("the lease of a has expired, but its handler still runs");
    complete(0);
    assertThat(worker.health().problems()).isEmpty();
    on.come(List.of(leased("b", LIMIT)));
    advance(LIMIT.plusSeconds(1));
    assertThat(on.kinds())
        .as("kinds after the second loss")
        .filteredOn(Kind.LEASE_LOST::equals)
        .hasSize(2);
  }

  /** The worker has given its task back, so another worker has it. */
  @Test
  void aHandlerBeyondItsLimitIsShownWhenItsLeaseHasExpired() {
    TaskWorker worker =
        on.startAsync(
            task ->
                new CompletableFuture<Void>() {
                  @Override
                  public boolean cancel(boolean mayInterruptIfRunning) {
                    return false;
                  }
                },
            on.options(1).withTimeLimit(LIMIT));
    RecordedDelivery task = leased("a", LIMIT.multipliedBy(2));
    on.come(List.of(task));
    advance(LIMIT);
    assertThat(task.sent).hasSize(1);
    task.open = false;
    advance(LIMIT.plusSeconds(1));
    assertThat(on.kinds()).containsExactly(Kind.ATTEMPT_FAILED, Kind.LEASE_LOST);
    assertThat(worker.health().problems())
        .containsExactly("the lease of a has expired, but its handler still runs");
  }

  /** Such a task may have waited for its handler for longer than its lease. */
  @Test
  void aHandlerWhoseLeaseIsAlreadyLostStartsInterruptedIfItMayBe() {
    for (boolean mayBe : new boolean[] {true, false}) {
      ScriptedWorker each = new ScriptedWorker();
      List<Boolean> interrupted = new ArrayList<>();
      TaskWorker unused =
          each.start(
              task -> interrupted.add(Thread.interrupted()),
              each.options(1).withInterruptOnLeaseLost(mayBe));
      RecordedDelivery lost = ScriptedWorker.tasks("a").get(0);
      boolean unused2 = lost.lost.complete(null);
      each.come(List.of(lost));
      each.come("b");
      assertThat(interrupted)
          .as("interrupt of the first task, of the next")
          .containsExactly(mayBe, false);
    }
  }

  /** An interrupt that comes after the end of its handler would hit another task. */
  @Test
  void aLossAfterTheEndOfAHandlerInterruptsNothing() {
    TaskWorker unused = on.start(task -> {}, on.options(1).withInterruptOnLeaseLost(true));
    RecordedDelivery task = on.come("a").get(0);
    boolean unused2 = task.lost.complete(null);
    assertThat(Thread.interrupted()).isFalse();
    assertThat(task.sent).containsExactly("ack");
  }

  @Test
  void anExpiredTaskIsNotHandledAndFreesItsPlace() {
    List<String> handled = new ArrayList<>();
    TaskWorker worker = on.start(task -> handled.add(task.taskId()), on.options(1));
    List<RecordedDelivery> tasks = ScriptedWorker.tasks("late");
    tasks.get(0).expired = true;
    on.come(tasks);
    assertThat(tasks.get(0).sent).containsExactly("deadLetter expired");
    assertThat(on.kinds()).containsExactly(Kind.EXPIRED);
    on.come("a");
    assertThat(handled).containsExactly("a");
    assertThat(worker.isAtRest()).isTrue();
  }

  /** A policy that throws the failure that it receives is a likely mistake. */
  @Test
  void aPolicyThatThrowsTheFailureOfTheHandlerCostsNoPlace() {
    RetryPolicy policy =
        (attempt, failure) -> {
          throw (RuntimeException) failure;
        };
    TaskWorker worker =
        on.start(
            task -> {
              throw new IllegalStateException("bad");
            },
            on.options(1).withRetryPolicy(policy));
    for (String id : List.of("a", "b")) {
      assertThat(on.come(id).get(0).sent).containsExactly("nak PT1S");
      assertThat(worker.running()).isZero();
      assertThat(worker.isAtRest()).isTrue();
    }
    assertThat(on.kinds()).containsExactly(Kind.ATTEMPT_FAILED, Kind.ATTEMPT_FAILED);
  }

  /** Some exceptions compute their message from objects that may be missing. */
  @Test
  void anExceptionWithoutAUsableMessageCostsNoPlace() {
    TaskWorker worker =
        on.start(
            task -> {
              throw new Broken();
            },
            on.options(1).withRetryPolicy((attempt, failure) -> Optional.empty()));
    for (String id : List.of("a", "b")) {
      assertThat(on.come(id).get(0).sent).containsExactly("deadLetter " + Broken.class.getName());
      assertThat(worker.running()).isZero();
      assertThat(worker.isAtRest()).isTrue();
    }
  }

  private static final class Broken extends RuntimeException {

    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new IllegalStateException("no message");
    }
  }

  @Test
  void theFailureOfAStageIsItsCauseForPolicyReportAndListener() {
    IllegalStateException why = new IllegalStateException("of the stage");
    List<@Nullable Throwable> seen = new ArrayList<>();
    on.listeners =
        task ->
            new Handling() {
              @Override
              public void ended(@Nullable Throwable failure) {
                seen.add(failure);
              }
            };
    TaskWorker unused =
        on.startAsync(
            task -> CompletableFuture.failedFuture(new CompletionException(why)),
            on.options(1)
                .withRetryPolicy(
                    (attempt, failure) -> {
                      seen.add(failure);
                      return Optional.of(Duration.ZERO);
                    }));
    on.come("a");
    assertThat(seen).containsExactly(why, why);
    assertThat(on.failures).singleElement().extracting(WorkerFailure::cause).isSameAs(why);
  }

  @Test
  void aListenerReceivesTheEndOfEachHandlerBeforeItsSettlement() {
    List<String> order = new ArrayList<>();
    List<RecordedDelivery> tasks = ScriptedWorker.tasks("a");
    on.listeners =
        task ->
            new Handling() {
              @Override
              public void left() {
                order.add("left, sent " + tasks.get(0).sent);
              }

              @Override
              public void ended(@Nullable Throwable failure) {
                order.add("ended with " + failure + ", sent " + tasks.get(0).sent);
              }
            };
    TaskWorker unused = on.startAsync(task -> open(), on.options(1));
    on.come(tasks);
    order.add("returned");
    complete(0);
    assertThat(order).containsExactly("left, sent []", "returned", "ended with null, sent []");
    assertThat(tasks.get(0).sent).containsExactly("ack");
  }

  /** A clock that moves only while all workers are idle would otherwise move too early. */
  @Test
  void aWorkerIsBusyUntilItsAckIsConfirmed() {
    List<Boolean> atRest = new ArrayList<>();
    List<TaskWorker> self = new ArrayList<>();
    self.add(on.start(task -> atRest.add(self.get(0).isAtRest()), on.options(1)));
    List<RecordedDelivery> tasks = ScriptedWorker.tasks("a");
    tasks.get(0).silent = true;
    atRest.add(self.get(0).isAtRest());
    on.come(tasks);
    atRest.add(self.get(0).isAtRest());
    int before = on.clock.signals;
    boolean unused = tasks.get(0).unanswered.remove().complete(Settlement.SETTLED);
    atRest.add(self.get(0).isAtRest());
    assertThat(atRest)
        .as("at rest before the task, in its handler, before and after its confirmation")
        .containsExactly(true, false, false, true);
    assertThat(on.clock.signals).as("signals of the confirmation").isGreaterThan(before);
  }

  /** An ack would lose the task of a handler that has forgotten to return its stage. */
  @Test
  @SuppressWarnings("NullAway") // A handler may not know the contract.
  void anAsynchronousHandlerThatReturnsNullFails() {
    TaskWorker worker = on.startAsync(task -> null, on.options(1));
    assertThat(on.come("a").get(0).sent).containsExactly("nak " + ScriptedWorker.RETRY);
    assertThat(on.failures)
        .singleElement()
        .satisfies(failure -> assertThat(failure.kind()).isEqualTo(Kind.ATTEMPT_FAILED))
        .extracting(failure -> String.valueOf(failure.cause()))
        .asString()
        .contains("returned null instead of a stage");
    assertThat(worker.running()).isZero();
  }
}
