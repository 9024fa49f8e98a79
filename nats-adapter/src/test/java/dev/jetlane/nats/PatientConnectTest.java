// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.LogLines;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Applications that start before their server. */
@Timeout(300)
class PatientConnectTest {

  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private final QueueUnavailableException refused = new QueueUnavailableException("refused", null);

  @Test
  @DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
  void waitsForAServerThatStartsLater() throws Exception {
    try (NatsServer server = NatsServer.start();
        FaultProxy proxy = FaultProxy.to(server.url(), 1)) {
      NatsOptions options = TestQueues.options(server).withUrl(proxy.url());
      proxy.refuse(true);
      assertThatThrownBy(() -> NatsQueues.connect(options))
          .isInstanceOf(QueueUnavailableException.class);
      CompletableFuture<TaskQueue> connecting =
          CompletableFuture.supplyAsync(
              () -> NatsQueues.connect(options.withConnectPatience(PATIENCE)));
      proxy.refuse(false);
      try (TaskQueue queue = connecting.get(2, TimeUnit.MINUTES)) {
        assertThat(queue.health().ready()).isTrue();
      }
    }
  }

  @Test
  void triesAgainUntilItConnects() {
    Queue<RuntimeException> failures = new ArrayDeque<>(List.of(refused, refused));
    assertThatThrownBy(() -> PatientConnect.within(PATIENCE, failing(failures)))
        .hasMessage("connected");
    assertThat(failures).isEmpty();
  }

  @Test
  void eachRetryIsLoggedWithItsReasonAndTheTimeThatIsLeft() {
    Queue<RuntimeException> failures = new ArrayDeque<>(List.of(refused, refused));
    try (LogLines log = LogLines.of(PatientConnect.class.getName())) {
      assertThatThrownBy(() -> PatientConnect.within(PATIENCE, failing(failures)))
          .hasMessage("connected");
      assertThat(log.lines())
          .hasSize(2)
          .allMatch(line -> line.getMessage().matches("refused; retrying for another 2\\d\\d s"));
    }
  }

  @Test
  void doesNotRetryAPermanentError() {
    Queue<RuntimeException> failures =
        new ArrayDeque<>(List.of(refused, new PermissionDeniedException("no", null), refused));
    assertThatThrownBy(() -> PatientConnect.within(PATIENCE, failing(failures)))
        .isInstanceOf(PermissionDeniedException.class);
    assertThat(failures).hasSize(1);
  }

  @Test
  void withoutPatienceThereIsOneTry() {
    Queue<RuntimeException> failures = new ArrayDeque<>(List.of(refused, refused));
    assertThatThrownBy(() -> PatientConnect.within(Duration.ZERO, failing(failures)))
        .isSameAs(refused);
    assertThat(failures).hasSize(1);
  }

  @Test
  void anInterruptEndsTheWait() {
    Queue<RuntimeException> failures = new ArrayDeque<>(List.of(refused, refused));
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> PatientConnect.within(PATIENCE, failing(failures))).isSameAs(refused);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(failures).hasSize(1);
  }

  /** At 0, 100, 300 and 350 ms, if the machine is quick. */
  @Test
  void thePausesGrowAndTheLastTryIsAtTheEnd() {
    AtomicInteger tries = new AtomicInteger();
    long beganNanos = System.nanoTime();
    assertThatThrownBy(
            () ->
                PatientConnect.within(
                    Duration.ofMillis(350),
                    () -> {
                      throw new QueueUnavailableException("try " + tries.incrementAndGet(), null);
                    }))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("try " + tries.get());
    assertThat(System.nanoTime() - beganNanos).isGreaterThanOrEqualTo(349_000_000);
    assertThat(tries.get()).isBetween(2, 4);
  }

  /** Fails with each of these errors in turn, and then connects. */
  private static Supplier<TaskQueue> failing(Queue<RuntimeException> failures) {
    return () -> {
      RuntimeException failure = failures.poll();
      throw failure == null ? new IllegalStateException("connected") : failure;
    };
  }
}
