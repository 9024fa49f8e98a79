// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueFullException;
import dev.jetlane.driver.DriverClock;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The deadlines and the waits of blocking calls. */
class SessionTest {

  private static final long NOW = 1_000;
  private final List<String> waits = new ArrayList<>();
  private final CompletableFuture<String> exchange = new CompletableFuture<>();

  /** What happens while a call waits. */
  private @Nullable Runnable meanwhile;

  private final DriverClock clock =
      (DriverClock)
          Proxy.newProxyInstance(
              DriverClock.class.getClassLoader(),
              new Class<?>[] {DriverClock.class},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "nanoTime" -> NOW;
                    case "await" -> {
                      String what = arguments[0] instanceof Future ? "future" : "condition";
                      waits.add(what + " +" + Duration.ofNanos((Long) arguments[1] - NOW));
                      if (meanwhile != null) {
                        meanwhile.run();
                      }
                      if (Thread.interrupted()) {
                        throw new InterruptedException();
                      }
                      yield null;
                    }
                    default -> throw new UnsupportedOperationException(method.getName());
                  });

  private final Session session =
      new Session(clock, Duration.ofSeconds(5), new Listeners(List.of()));

  @Test
  void theDeadlineIsTheTimeoutFromNow() {
    assertThat(session.timeoutNanos()).isEqualTo(5_000_000_000L);
    assertThat(session.deadlineNanos()).isEqualTo(NOW + 5_000_000_000L);
  }

  /** One timeout for each item, and one more. */
  @Test
  void theDeadlineOfManyItemsHasATimeoutForEach() {
    assertThat(session.deadlineNanos(0)).isEqualTo(NOW + 5_000_000_000L);
    assertThat(session.deadlineNanos(1)).isEqualTo(NOW + 10_000_000_000L);
    assertThat(session.deadlineNanos(10_000)).isEqualTo(NOW + 50_005_000_000_000L);
    Session year = new Session(clock, Duration.ofDays(365), new Listeners(List.of()));
    assertThatThrownBy(() -> year.deadlineNanos(Integer.MAX_VALUE))
        .isInstanceOf(ArithmeticException.class);
  }

  /** The driver ends its exchanges itself; the margin is for a machine that was suspended. */
  @Test
  void aCallWaitsTenSecondsLongerThanItsDeadline() {
    meanwhile = () -> exchange.complete("done");
    assertThat(session.await(exchange, NOW + 7)).isEqualTo("done");
    assertThat(waits).containsExactly("future +PT10.000000007S");
  }

  @Test
  void anExchangeThatHasEndedIsNotWaitedForAndTheInterruptStays() {
    exchange.complete("done");
    Thread.currentThread().interrupt();
    assertThat(session.await(exchange, NOW + 7)).isEqualTo("done");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(waits).isEmpty();
  }

  @Test
  void anInterruptDuringTheWaitIsKeptAndNamedAsCause() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> session.await(exchange, NOW + 7))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessage("interrupted before the confirmation: the change may or may not have been made")
        .hasCauseInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void anExchangeThatDoesNotEndIsUnknownWithoutAnInterrupt() {
    assertThatThrownBy(() -> session.await(exchange, NOW + 7))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessage("no confirmation arrived in time: the change may or may not have been made")
        .hasNoCause();
    assertThat(Thread.interrupted()).isFalse();
  }

  /** The result is known, so it is returned; the caller sees the interrupt later. */
  @Test
  void anExchangeThatEndsWithTheInterruptHasItsResult() {
    meanwhile =
        () -> {
          exchange.complete("done");
          Thread.currentThread().interrupt();
        };
    assertThat(session.await(exchange, NOW + 7)).isEqualTo("done");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void theErrorOfAnExchangeIsThrownUnchanged() {
    QueueFullException full = new QueueFullException("full", null);
    exchange.completeExceptionally(full);
    assertThatThrownBy(() -> session.await(exchange, NOW)).isSameAs(full);
    IllegalStateException defect = new IllegalStateException("a defect");
    assertThatThrownBy(() -> session.await(CompletableFuture.failedFuture(defect), NOW))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessage("unexpected failure: java.lang.IllegalStateException: a defect")
        .hasCause(defect);
    assertThat(Session.known(full)).isSameAs(full);
    assertThat(Session.known(new CancellationException()))
        .isInstanceOf(OutcomeUnknownException.class);
  }

  @Test
  void aPauseWaitsForItsTimeAndNoPauseDoesNotWait() throws InterruptedException {
    session.pause(Duration.ZERO);
    assertThat(waits).isEmpty();
    session.pause(Duration.ofNanos(1));
    session.pause(Duration.ofSeconds(3));
    assertThat(waits).containsExactly("condition +PT0.000000001S", "condition +PT3S");
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> session.pause(Duration.ofSeconds(3)))
        .isInstanceOf(InterruptedException.class);
  }

  @Test
  void aClosedSessionStaysClosed() {
    assertThat(session.isClosed()).isFalse();
    session.requireOpen();
    session.close();
    session.close();
    assertThat(session.isClosed()).isTrue();
    assertThatThrownBy(session::requireOpen).hasMessage("the queue is closed");
  }
}
