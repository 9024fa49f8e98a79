// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.driver.Lease;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who hears that a lease is lost, in which order and how often; dropped and expired deliveries. */
class DeliveryLossTest {

  private final List<String> told = new ArrayList<>();
  private final QueueListener recorder =
      new QueueListener() {
        @Override
        public void leaseLost(QueueEvent.LeaseLost event) {
          told.add("listener " + event.delivery().taskId());
        }

        @Override
        public void deadLettered(QueueEvent.DeadLettered event) {
          told.add("dead " + event.reason() + " " + event.held() + " " + event.took());
        }

        @Override
        public void settleFailed(QueueEvent.SettleFailed event) {
          told.add("failed");
        }
      };
  private final Bench bench = new Bench(recorder);
  private final ScriptedLease lease = bench.lease();
  private final ClientDelivery delivery = bench.delivery(lease);

  @Test
  void theListenersHearOfALossBeforeItsHolder() {
    var unused = delivery.whenLeaseLost().thenRun(() -> told.add("holder"));
    var unused2 = delivery.whenLeaseLost().thenRun(() -> told.add("holder"));
    bench.advance(12);
    assertThat(told).containsExactly("listener task-7", "holder", "holder");
    var unused3 = delivery.whenLeaseLost().thenRun(() -> told.add("later"));
    assertThat(told).endsWith("later").hasSize(4);
  }

  @Test
  void aLossIsReportedOnceWhoeverFindsIt() {
    bench.advance(12);
    assertThatThrownBy(delivery::nak).isInstanceOf(LeaseExpiredException.class);
    var unused = delivery.whenLeaseLost().thenRun(() -> told.add("holder"));
    assertThatThrownBy(delivery::extend).isInstanceOf(LeaseExpiredException.class);
    assertThat(delivery.extendAsync()).isCompletedExceptionally();
    delivery.close();
    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED_LATE);
    assertThat(told).containsExactly("listener task-7", "holder");
  }

  @Test
  void aDroppedDeliveryIsNeitherExtendedNorLost() {
    bench.keep(delivery, Bench.keeping());
    var unused = delivery.whenLeaseLost().thenRun(() -> told.add("holder"));
    delivery.dropped();
    bench.advance(60);
    assertThat(lease.sent).isEmpty();
    assertThat(told).isEmpty();
  }

  /** A delivery that is kept no longer is watched until its end. */
  @Test
  void aDeliveryThatIsKeptNoLongerIsLostAtTheEndOfItsLease() {
    delivery.keepNoLonger();
    bench.keep(delivery, Bench.keeping());
    var unused = delivery.whenLeaseLost().thenRun(() -> told.add("holder"));
    bench.advance(5);
    delivery.keepNoLonger();
    delivery.keepNoLonger();
    bench.advance(60);
    assertThat(lease.sent).containsExactly("kept at PT4S");
    assertThat(told).containsExactly("listener task-7", "holder");
  }

  @Test
  void aDeadLetterOfAnExpiredTaskIsReportedAsHeldForNoTime() {
    bench.advance(3);
    delivery.expire();
    assertThat(told).containsExactly("dead expired PT0S PT0S");
    assertThat(lease.sent).containsExactly("deadLetter expired");
    assertThat(delivery.isOpen()).isFalse();
  }

  @Test
  void aDeadLetterOfAnExpiredTaskThatFailsIsReported() {
    lease.failure = new QueueUnavailableException("down", null);
    delivery.expire();
    assertThat(told).containsExactly("failed");
    assertThat(delivery.isOpen()).isTrue();
  }

  /** While a settlement is in flight or unknown, a close gives nothing back. */
  @Test
  void aCloseDuringASettlementDoesNothing() {
    lease.silent = true;
    assertThat(delivery.ackAsync()).isNotDone();
    delivery.close();
    bench.advance(12);
    delivery.close();
    assertThat(lease.sent).containsExactly("ack");
    assertThat(told).isEmpty();
  }

  /** Otherwise the task is extended although its holder has closed it. */
  @Test
  void aDeliveryThatWasClosedDuringAFailingSettlementIsNotKept() {
    bench.keep(delivery, Bench.keeping());
    lease.silent = true;
    var unused = delivery.ackAsync();
    delivery.close();
    lease.silent = false;
    lease.answer(new QueueUnavailableException("down", null));
    bench.advance(60);
    assertThat(lease.sent).containsExactly("ack");
    assertThat(delivery.leaseExpired()).isTrue();
  }

  @Test
  void theValuesAreThoseOfTheLease() {
    Map<String, String> headers = Map.of("a", "b");
    byte[] payload = {1};
    Instant stored = Instant.parse("2030-01-01T00:00:00Z");
    Instant deadline = Instant.parse("2030-01-02T00:00:00Z");
    Lease given =
        (Lease)
            Proxy.newProxyInstance(
                Lease.class.getClassLoader(),
                new Class<?>[] {Lease.class},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "taskId" -> "t";
                      case "payload" -> payload;
                      case "headers" -> headers;
                      case "attempt" -> 4;
                      case "priority" -> 2;
                      case "storedAt" -> stored;
                      case "deadline" -> deadline;
                      case "endNanos" -> bench.clock.nanoTime() + 7;
                      default -> throw new UnsupportedOperationException(method.getName());
                    });
    Delivery made = bench.delivery(given);
    assertThat(made.taskId()).isEqualTo("t");
    assertThat(made.payload()).isSameAs(payload);
    assertThat(made.headers()).isEqualTo(headers);
    assertThat(made.attempt()).isEqualTo(4);
    assertThat(made.priority()).isEqualTo(2);
    assertThat(made.storedAt()).isEqualTo(stored);
    assertThat(made.deadline()).contains(deadline);
    assertThat(made.partition()).isEqualTo("p");
    assertThat(made.leaseRemaining()).isEqualTo(Duration.ofNanos(7));
    assertThat(bench.delivery(given).lease()).isSameAs(given);
    assertThat(delivery.deadline()).isEmpty();
    assertThat(delivery.hasExpired()).isFalse();
    assertThat(delivery.kept()).isSameAs(delivery.kept());
  }
}
