// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueClosedException;
import dev.jetlane.Task;
import dev.jetlane.client.StandingClock;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a driver need not write itself. */
class DriverDefaultsTest {

  private static final Delivery DELIVERY =
      stub(
          Delivery.class,
          (proxy, method, arguments) -> {
            throw new UnsupportedOperationException(method.getName());
          });

  private final StandingClock clock = new StandingClock();

  @AfterEach
  void end() {
    boolean unused = Thread.interrupted();
  }

  private static <T> T stub(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  /** A pull whose cancellation comes after it leased these. */
  private static CompletableFuture<List<Delivery>> pullThatLeased(List<Delivery> leased) {
    return new CompletableFuture<>() {
      @Override
      public boolean cancel(boolean mayInterrupt) {
        complete(leased);
        return false;
      }
    };
  }

  @Test
  void anInterruptedPullThatLeasedATaskReturnsItAndKeepsTheInterrupt() throws Exception {
    Thread.currentThread().interrupt();
    assertThat(PullDriver.await(clock, pullThatLeased(List.of(DELIVERY)))).hasSize(1);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void anInterruptedPullWithoutATaskIsInterrupted() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> PullDriver.await(clock, pullThatLeased(List.of())))
        .isInstanceOf(InterruptedException.class);
  }

  @Test
  void aFailedPullThrowsItsError() {
    QueueClosedException closed = new QueueClosedException("closed", null);
    assertThatThrownBy(() -> PullDriver.await(clock, CompletableFuture.failedFuture(closed)))
        .isSameAs(closed);
  }

  /** A second nak or extension would affect the next holder. */
  @Test
  void onlyActionsWithoutAnEffectOnTheNextHolderAreRepeatable() {
    assertThat(
            Stream.of(
                    new LeaseAction.Nak(Duration.ZERO, 1),
                    new LeaseAction.Extend(1),
                    new LeaseAction.PutBack(1),
                    new LeaseAction.MoveToDeadLetters("poison", 1))
                .map(LeaseAction::isRepeatable))
        .containsExactly(false, false, true, true);
  }

  @Test
  void chancesAreSpread() {
    List<Double> chances = Stream.generate(clock::chance).limit(100).toList();
    assertThat(chances).allMatch(chance -> chance >= 0 && chance < 1);
    assertThat(chances.stream().distinct().count()).isGreaterThan(50);
  }

  @Test
  void eachPushOfManyHasTheWholeTime() {
    List<Long> deadlines = new ArrayList<>();
    PartitionDriver partition =
        stub(
            PartitionDriver.class,
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "clock" -> clock;
                  case "pushAll" -> InvocationHandler.invokeDefault(proxy, method, arguments);
                  case "push" -> {
                    deadlines.add((Long) arguments[3]);
                    clock.advance(Duration.ofNanos(5));
                    yield new DriverFuture<PushReceipt>(Completion.none());
                  }
                  default -> throw new UnsupportedOperationException(method.getName());
                });
    long now = clock.nanoTime();
    assertThat(partition.pushAll(List.of(Task.of("a", ""), Task.of("b", "")), 100)).hasSize(2);
    assertThat(deadlines).containsExactly(now + 100, now + 105);
  }
}
