// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each way in which a handler and the end of its worker can meet. */
class HandlerRunTest {

  private final List<String> order = new ArrayList<>();
  private final HandlerRun run = new HandlerRun(new RecordedDelivery(), 7);

  @AfterEach
  void clearInterrupt() {
    boolean unused = Thread.interrupted();
  }

  private Handling follow(Delivery delivery) {
    return new Handling() {
      @Override
      public void left() {
        order.add("left");
      }

      @Override
      public void ended(@Nullable Throwable failure) {
        order.add("listener: " + failure);
      }
    };
  }

  private void run(HandlerRun.Call call) {
    run.run(call, this::follow, this::ended);
  }

  private void ended(HandlerRun ended, boolean mine, @Nullable Throwable failure) {
    assertThat(ended).isSameAs(run);
    order.add("ended: " + mine + " " + failure);
  }

  @Test
  void aHandlerThatReturnsIsSettledByTheWorker() {
    run(each -> null);
    assertThat(order).containsExactly("left", "listener: null", "ended: true null");
    assertThat(run.take()).as("a take after the end").isFalse();
  }

  @Test
  void aHandlerThatThrowsIsSettledByTheWorker() {
    run(
        each -> {
          throw new IllegalStateException("bad");
        });
    String failure = "java.lang.IllegalStateException: bad";
    assertThat(order).containsExactly("left", "listener: " + failure, "ended: true " + failure);
  }

  /** The handler must not start, because another worker may have the task. */
  @Test
  void aTaskThatWasTakenBeforeItsStartIsNotHandled() {
    assertThat(run.take()).isTrue();
    assertThat(run.take()).as("a second take").isFalse();
    run(
        each -> {
          throw new AssertionError("handled");
        });
    assertThat(order).containsExactly("ended: false null");
  }

  @Test
  void aTaskThatWasTakenWhileItsHandlerRanIsNotSettledAgain() {
    run(
        each -> {
          assertThat(each.take()).isTrue();
          each.stop();
          assertThat(Thread.currentThread().isInterrupted()).isTrue();
          return null;
        });
    assertThat(order).containsExactly("left", "listener: null", "ended: false null");
    assertThat(Thread.interrupted()).as("the interrupt outlasts the handler").isFalse();
  }

  @Test
  void aStopAfterTheHandlerHasReturnedInterruptsNoOtherTask() {
    CompletableFuture<Void> stage = new CompletableFuture<>();
    run(each -> stage);
    assertThat(order).containsExactly("left");
    run.stop();
    assertThat(Thread.interrupted()).isFalse();
    assertThat(stage).isCancelled();
    assertThat(order).hasSize(3).last().asString().startsWith("ended: true");
  }

  @Test
  void aStopAfterTheEndDoesNothing() {
    CompletableFuture<Void> stage =
        new CompletableFuture<>() {
          @Override
          public boolean cancel(boolean mayInterruptIfRunning) {
            order.add("cancel");
            return false;
          }
        };
    run(each -> stage);
    boolean unused = stage.complete(null);
    run.stop();
    assertThat(order).containsExactly("left", "listener: null", "ended: true null");
  }

  /** The stop came while the handler created its stage, which did not see the interrupt. */
  @Test
  void aStageThatIsReturnedAfterAStopIsCancelled() {
    CompletableFuture<Void> stage = new CompletableFuture<>();
    run(
        each -> {
          each.stop();
          assertThat(stage).isNotDone();
          return stage;
        });
    assertThat(stage).isCancelled();
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void aStageThatIsReturnedAfterATakeIsCancelledAndNotSettled() {
    CompletableFuture<Void> stage = new CompletableFuture<>();
    run(
        each -> {
          assertThat(each.take()).isTrue();
          return stage;
        });
    assertThat(stage).isCancelled();
    assertThat(order).last().asString().startsWith("ended: false");
  }

  @Test
  void theFailureOfADependentStageIsItsCause() {
    CompletableFuture<String> stage = new CompletableFuture<>();
    run(each -> stage.thenApply(done -> done));
    boolean unused = stage.completeExceptionally(new CompletionException("only a wrapper", null));
    assertThat(order).last().asString().contains("only a wrapper");
    HandlerRun other = new HandlerRun(new RecordedDelivery(), 7);
    IllegalStateException why = new IllegalStateException("why");
    List<@Nullable Throwable> failures = new ArrayList<>();
    other.run(
        each -> CompletableFuture.failedFuture(why).thenApply(done -> done),
        delivery -> Handling.NONE,
        (ended, mine, failure) -> failures.add(failure));
    assertThat(failures).containsExactly(why);
  }

  @Test
  void anExceptionOfAListenerIsAFailureAndTheHandlerDoesNotStart() {
    run.run(
        each -> {
          throw new AssertionError("handled");
        },
        delivery -> {
          throw new IllegalStateException("listener");
        },
        this::ended);
    assertThat(order).containsExactly("ended: true java.lang.IllegalStateException: listener");
  }

  @Test
  void theStartMovesWhenTheWorkBegins() {
    assertThat(run.startedNanos()).isEqualTo(7);
    assertThat(run.isWaiting()).isFalse();
    run.waits();
    assertThat(run.isWaiting()).isTrue();
    run.startsNow(9);
    assertThat(run.startedNanos()).isEqualTo(9);
    assertThat(run.isWaiting()).isFalse();
  }
}
