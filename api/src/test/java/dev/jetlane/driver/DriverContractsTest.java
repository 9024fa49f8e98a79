// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.NotSupportedException;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.client.StandingClock;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** The values of actions, the default methods, and the futures of exchanges that have ended. */
class DriverContractsTest {

  private final StandingClock clock = new StandingClock();

  private static <T> T defaults(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                method.isDefault()
                    ? InvocationHandler.invokeDefault(proxy, method, arguments)
                    : null));
  }

  @Test
  void eachActionHasItsNameItsResultAndItsLastMoment() {
    List<String> lines = new ArrayList<>();
    for (LeaseAction action :
        List.of(
            LeaseAction.Ack.IN_TIME,
            LeaseAction.Ack.LATE,
            new LeaseAction.Nak(Duration.ofSeconds(9), 7),
            new LeaseAction.PutBack(7),
            new LeaseAction.Extend(7),
            new LeaseAction.MoveToDeadLetters("poison", 7))) {
      long end = action.notAfterNanos();
      lines.add(
          action.describe()
              + ", "
              + action.result()
              + ", "
              + (end == DriverClock.NEVER ? "ever" : end)
              + ", "
              + action.isRepeatable());
    }
    assertThat(lines)
        .containsExactly(
            "ack, SETTLED, ever, true",
            "ack, SETTLED_LATE, ever, true",
            "nak, SETTLED, 7, false",
            "release, SETTLED, 7, true",
            "extend, SETTLED, 7, false",
            "dead letter, SETTLED, 7, true");
  }

  @Test
  void theDefaultsOfADriver() {
    PartitionDriver partition = defaults(PartitionDriver.class);
    assertThat(partition.workerWait()).isEqualTo(Duration.ofSeconds(4));
    assertThatCode(() -> partition.check(Task.of("a", ""))).doesNotThrowAnyException();
    assertThatThrownBy(() -> partition.pushAtomically(List.of(), 0))
        .isInstanceOf(NotSupportedException.class);
    DeadLetterDriver letters = defaults(DeadLetterDriver.class);
    dev.jetlane.DeadLetterQuery query = dev.jetlane.DeadLetterQuery.defaults();
    assertThat(letters.removePage(query, 1)).isEmpty();
    assertThat(letters.redrivePage(query, 1)).isEmpty();
    assertThat(letters.movePage(query, "q", 1)).isEmpty();
    assertThat(defaults(Lease.class).deadline()).isNull();
    assertThat(clock.handlers()).isNull();
    Activity activity =
        new Activity() {
          @Override
          public boolean isAtRest() {
            return true;
          }
        };
    assertThat(activity.running()).isZero();
    assertThat(activity.waiting()).isZero();
    assertThatCode(activity::abandon).doesNotThrowAnyException();
    DriverEvents none = DriverEvents.none();
    none.exhausted("p", "t");
    none.warned("text");
    none.connectionLost();
    none.connectionRestored();
  }

  @Test
  void aFutureThatHasEndedCalledItsClientFirst() {
    List<String> told = new ArrayList<>();
    Completion<Object> completion =
        new Completion<>() {
          @Override
          public void succeeding(Object result) {
            told.add("succeeding " + result);
          }

          @Override
          public Throwable failing(Throwable error) {
            told.add("failing " + error.getMessage());
            return new IllegalStateException("for the user", error);
          }
        };
    assertThat(DriverFuture.done(completion, "stored")).isCompletedWithValue("stored");
    DriverFuture<PushReceipt> failed =
        DriverFuture.failed(completion, new QueueUnavailableException("down", null));
    assertThatThrownBy(failed::join).cause().hasMessage("for the user").cause().hasMessage("down");
    assertThat(told).containsExactly("succeeding stored", "failing down");
  }

  @Test
  void settlementsShareTheirFuturesAndEachCallsItsOwnClient() {
    List<Object> told = new ArrayList<>();
    Completion<Settlement> completion =
        new Completion<>() {
          @Override
          public void succeeding(Settlement result) {
            told.add(result);
          }

          @Override
          public Throwable failing(Throwable error) {
            throw new AssertionError(error);
          }
        };
    LeaseAction late = LeaseAction.Ack.LATE;
    LeaseAction extension = new LeaseAction.Extend(0);
    DriverFuture<Settlement> first = DriverFuture.settled(completion, LeaseAction.Ack.IN_TIME);
    assertThat(first).isCompletedWithValue(Settlement.SETTLED);
    assertThat(DriverFuture.settled(completion, extension)).isSameAs(first);
    assertThat(DriverFuture.settled(completion, late))
        .isCompletedWithValue(Settlement.SETTLED_LATE)
        .isSameAs(DriverFuture.settled(completion, late));
    assertThat(told)
        .containsExactly(
            Settlement.SETTLED,
            Settlement.SETTLED,
            Settlement.SETTLED_LATE,
            Settlement.SETTLED_LATE);
  }

  @Test
  void noCompletionIsOneObjectAndLeavesTheError() {
    Completion<Object> none = Completion.none();
    Error error = new Error();
    none.succeeding("any");
    assertThat(none.failing(error)).isSameAs(error);
    assertThat(Completion.none()).isSameAs(none);
  }

  @Test
  void aDerivedStageIsCompletedByAnyone() {
    DriverFuture<Settlement> future = new DriverFuture<>(Completion.none());
    assertThat(future.newIncompleteFuture()).isExactlyInstanceOf(CompletableFuture.class);
    assertThat(future.copy().complete(Settlement.SETTLED)).isTrue();
    assertThat(future).isNotDone();
  }

  @Test
  void aWaitForAPullThrowsTheErrorOfTheQueueOrTheCompletion() throws Exception {
    List<Delivery> none = List.of();
    assertThat(PullDriver.await(clock, CompletableFuture.completedFuture(none))).isSameAs(none);
    TaskQueueException down = new QueueUnavailableException("down", null);
    assertThatThrownBy(() -> PullDriver.await(clock, CompletableFuture.failedFuture(down)))
        .isSameAs(down);
    IllegalStateException defect = new IllegalStateException("a defect");
    assertThatThrownBy(() -> PullDriver.await(clock, CompletableFuture.failedFuture(defect)))
        .isInstanceOf(CompletionException.class)
        .hasCause(defect);
  }

  @Test
  void anInterruptCancelsThePull() {
    List<Boolean> cancelled = new ArrayList<>();
    CompletableFuture<List<Delivery>> pull =
        new CompletableFuture<>() {
          @Override
          public boolean cancel(boolean mayInterrupt) {
            cancelled.add(mayInterrupt);
            return complete(List.of());
          }
        };
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> PullDriver.await(clock, pull))
        .isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isFalse();
    assertThat(cancelled).hasSize(1);
  }

  /** Nothing is leased, so the pull is interrupted, whatever else has failed. */
  @Test
  void anInterruptedPullThatFailsIsInterrupted() {
    CompletableFuture<List<Delivery>> pull =
        new CompletableFuture<>() {
          @Override
          public boolean cancel(boolean mayInterrupt) {
            return completeExceptionally(new QueueUnavailableException("down", null));
          }
        };
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> PullDriver.await(clock, pull))
        .isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isFalse();
  }
}
