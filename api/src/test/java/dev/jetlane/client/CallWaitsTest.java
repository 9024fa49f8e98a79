// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeaseAction;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The blocking calls on a delivery whose exchange does not end, or whose driver's call is slow. */
class CallWaitsTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Duration MARGIN = Duration.ofSeconds(10);

  private final Bench bench = new Bench();
  private final List<Long> deadlines = new ArrayList<>();

  private static Map<String, Consumer<ClientDelivery>> calls() {
    Map<String, Consumer<ClientDelivery>> calls = new LinkedHashMap<>();
    calls.put("ack", ClientDelivery::ack);
    calls.put("nak", ClientDelivery::nak);
    calls.put("nak with a delay", delivery -> delivery.nak(Duration.ofSeconds(1)));
    calls.put("release", ClientDelivery::release);
    calls.put("deadLetter", delivery -> delivery.deadLetter("bad"));
    calls.put("extend", ClientDelivery::extend);
    return calls;
  }

  /** A lease whose exchanges take two seconds to begin, and then end or do not. */
  private Lease slow(boolean confirms) {
    long endNanos = bench.clock.nanoTime() + Bench.LEASE.toNanos();
    return (Lease)
        Proxy.newProxyInstance(
            Lease.class.getClassLoader(),
            new Class<?>[] {Lease.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "taskId" -> "t";
                  case "attempt" -> 1;
                  case "endNanos" -> endNanos;
                  case "start" -> {
                    deadlines.add((Long) arguments[3]);
                    bench.advance(2);
                    DriverFuture<Object> exchange = open(arguments[1]);
                    if (confirms) {
                      exchange.succeed(((LeaseAction) arguments[0]).result());
                    }
                    yield exchange;
                  }
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  @SuppressWarnings("unchecked")
  private static DriverFuture<Object> open(Object completion) {
    return new DriverFuture<>((Completion<Object>) completion);
  }

  /**
   * The queue restarts the lease when it receives the request, which may be soon after the call.
   */
  @Test
  void anExtensionCountsFromItsCallAndNotFromItsConfirmation() {
    for (int call = 0; call < 2; call++) {
      ClientDelivery delivery = bench.delivery(slow(true));
      bench.advance(3);
      assertThat(delivery.extend()).isTrue();
      assertThat(delivery.leaseRemaining()).isEqualTo(Bench.LEASE.minusSeconds(2));
      assertThat(delivery.extendAsync()).isCompletedWithValue(true);
      assertThat(delivery.leaseRemaining()).isEqualTo(Bench.LEASE.minusSeconds(2));
    }
  }

  /** A second deadline for the wait would make a call longer than its timeout. */
  @Test
  void eachCallIsAwaitedUntilTheDeadlineOfItsExchange() {
    calls()
        .forEach(
            (name, call) -> {
              deadlines.clear();
              bench.clock.waits.clear();
              long deadline = bench.clock.nanoTime() + TIMEOUT.toNanos();
              ClientDelivery delivery = bench.delivery(slow(false));
              assertThatThrownBy(() -> call.accept(delivery))
                  .as(name)
                  .isInstanceOf(OutcomeUnknownException.class)
                  .hasMessageStartingWith("no confirmation arrived in time");
              assertThat(deadlines)
                  .as("deadline of the driver for %s", name)
                  .containsExactly(deadline);
              assertThat(bench.clock.waits)
                  .as("end of the wait for %s", name)
                  .containsExactly(deadline + MARGIN.toNanos());
            });
  }

  /** The exchange continues, and the caller sees the interrupt later. */
  @Test
  void eachInterruptedCallKeepsTheInterruptAndIsUnknown() {
    calls()
        .forEach(
            (name, call) -> {
              ClientDelivery delivery = bench.delivery(slow(false));
              Thread.currentThread().interrupt();
              assertThatThrownBy(() -> call.accept(delivery))
                  .as(name)
                  .isInstanceOf(OutcomeUnknownException.class)
                  .hasMessageStartingWith("interrupted before the confirmation");
              assertThat(Thread.interrupted()).as("the interrupt after %s", name).isTrue();
            });
  }
}
