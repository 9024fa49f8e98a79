// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.QueueUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class DriverFutureTest {

  private final List<String> order = new ArrayList<>();
  private final DriverFuture<String> future =
      new DriverFuture<>(
          new Completion<String>() {
            @Override
            public void succeeding(String result) {
              order.add("client " + result);
            }

            @Override
            public Throwable failing(Throwable error) {
              order.add("client " + error);
              return new IllegalStateException(error);
            }
          });

  @Test
  void theClientReceivesTheResultBeforeTheUser() {
    var unused = future.thenAccept(result -> order.add("user " + result));
    future.succeed("stored");
    assertThat(order).containsExactly("client stored", "user stored");
  }

  @Test
  void theClientReceivesAFailureBeforeTheUser() {
    QueueUnavailableException down = new QueueUnavailableException("down", null);
    var unused =
        future.exceptionally(error -> "user " + order.add("user " + (error.getCause() == down)));
    future.fail(down);
    assertThat(order).containsExactly("client " + down, "user true");
  }

  @Test
  void onlyTheQueueCompletesIt() {
    assertThat(future.complete("mine")).isFalse();
    assertThat(future.completeExceptionally(new IllegalStateException())).isFalse();
    assertThat(future.cancel(true)).isFalse();
    assertThatThrownBy(() -> future.obtrudeValue("mine"))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> future.obtrudeException(new IllegalStateException()))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThat(future.completeAsync(() -> "mine", Runnable::run)).isNotDone();
    assertThat(future).isNotDone();
    future.succeed("stored");
    assertThat(future).isCompletedWithValue("stored");
  }

  @Test
  void aDerivedStageCanBeCompletedByTheUser() {
    CompletableFuture<Integer> derived = future.thenApply(String::length);
    assertThat(derived.cancel(true)).isTrue();
    assertThatThrownBy(derived::join).isInstanceOf(CancellationException.class);
    future.succeed("stored");
    assertThat(future).isCompletedWithValue("stored");
  }

  @Test
  void aTimeOutEndsACopy() {
    CompletableFuture<String> timed = future.orTimeout(1, TimeUnit.MILLISECONDS);
    assertThat(timed)
        .failsWithin(Duration.ofSeconds(30))
        .withThrowableThat()
        .withCauseInstanceOf(TimeoutException.class);
    CompletableFuture<String> other = future.completeOnTimeout("late", 1, TimeUnit.MILLISECONDS);
    assertThat(other).succeedsWithin(Duration.ofSeconds(30)).isEqualTo("late");
    assertThat(future).isNotDone();
  }
}
