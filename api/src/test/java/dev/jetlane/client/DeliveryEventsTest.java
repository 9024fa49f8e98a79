// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.QueueUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The times and the order of the events of a delivery. */
class DeliveryEventsTest {

  private final List<String> told = new ArrayList<>();

  private final QueueListener listener =
      new QueueListener() {
        @Override
        public void acked(QueueEvent.Acked event) {
          told.add("acked late " + event.late() + ": " + event.held() + ", " + event.took());
        }

        @Override
        public void givenBack(QueueEvent.GivenBack event) {
          told.add("givenBack " + event.delay() + ": " + event.held() + ", " + event.took());
        }

        @Override
        public void deadLettered(QueueEvent.DeadLettered event) {
          told.add("deadLettered " + event.reason() + ": " + event.held() + ", " + event.took());
        }

        @Override
        public void exhausted(QueueEvent.Exhausted event) {
          told.add("exhausted " + event.taskId() + " of " + event.partition());
        }

        @Override
        public void extended(QueueEvent.Extended event) {
          told.add("extended " + event.delivery().taskId());
        }

        @Override
        public void leaseLost(QueueEvent.LeaseLost event) {
          told.add("leaseLost " + event.delivery().taskId());
        }

        @Override
        public void settleFailed(QueueEvent.SettleFailed event) {
          told.add("settleFailed " + event.delivery().taskId() + " " + event.error().getMessage());
        }
      };

  private final Bench bench = new Bench(listener);
  private final ScriptedLease lease = bench.lease();
  private final ClientDelivery delivery = bench.delivery(lease);

  private List<String> told(Function<ClientDelivery, CompletableFuture<?>> settlement) {
    delivery.handedOut(bench.clock.nanoTime());
    lease.silent = true;
    bench.advance(3);
    var unused = settlement.apply(delivery);
    bench.advance(2);
    assertThat(told).as("before the confirmation").isEmpty();
    lease.answer(null);
    return told;
  }

  /** Three seconds from the pull to the call, and two until its confirmation. */
  @Test
  void anAckHasItsTimes() {
    assertThat(told(ClientDelivery::ackAsync)).containsExactly("acked late false: PT3S, PT2S");
  }

  @Test
  void aNakHasItsDelayAndItsTimes() {
    assertThat(told(each -> each.nakAsync(Duration.ofSeconds(7))))
        .containsExactly("givenBack PT7S: PT3S, PT2S");
  }

  @Test
  void aReleaseHasItsTimes() {
    assertThat(told(ClientDelivery::releaseAsync)).containsExactly("givenBack PT0S: PT3S, PT2S");
  }

  @Test
  void aReleaseOfTheLastAttemptHasItsTimesAndIsNoEnd() {
    lease.attempt = 20;
    assertThat(told(ClientDelivery::releaseAsync)).containsExactly("givenBack PT0S: PT3S, PT2S");
    assertThat(lease.sent).containsExactly("putBack");
  }

  @Test
  void aDeadLetterHasItsReasonAndItsTimes() {
    assertThat(told(each -> each.deadLetterAsync("bad")))
        .containsExactly("deadLettered bad: PT3S, PT2S");
  }

  @Test
  void aNakOfTheLastAttemptIsFollowedByTheEndOfTheTask() {
    lease.attempt = 20;
    assertThat(told(each -> each.nakAsync(Duration.ZERO)))
        .containsExactly("givenBack PT0S: PT3S, PT2S", "exhausted task-7 of p");
  }

  @Test
  void aLateAckFollowsTheLossOfItsLease() {
    delivery.handedOut(bench.clock.nanoTime());
    bench.advance(13);
    var unused = delivery.ackAsync();
    assertThat(told).containsExactly("leaseLost task-7", "acked late true: PT13S, PT0S");
    told.clear();
    delivery.close();
    assertThat(told).as("after the settlement").isEmpty();
  }

  @Test
  void eachFailedCallIsReportedAndTheLossOnlyOnce() {
    delivery.handedOut(bench.clock.nanoTime());
    CompletionStage<Void> lost = delivery.whenLeaseLost();
    assertThat(delivery.whenLeaseLost() == lost).as("the same stage").isTrue();
    lease.failure = new QueueUnavailableException("down", null);
    var unused = delivery.nakAsync(Duration.ZERO);
    var unused2 = delivery.extendAsync();
    assertThat(told).containsExactly("settleFailed task-7 down", "settleFailed task-7 down");
    lease.failure = null;
    told.clear();
    var unused3 = delivery.extendAsync();
    assertThat(told).containsExactly("extended task-7");
    told.clear();
    bench.advance(12);
    assertThat(told).containsExactly("leaseLost task-7");
    var unused4 = delivery.nakAsync(Duration.ZERO);
    var unused5 = delivery.extendAsync();
    delivery.close();
    assertThat(told).containsExactly("leaseLost task-7");
  }

  /** A stage that completes before would run the code of the holder before the listeners. */
  @Test
  void theListenersReceiveTheLossBeforeTheHolder() {
    var unused = delivery.whenLeaseLost().thenRun(() -> told.add("holder"));
    var unused2 = delivery.whenLeaseLost().thenRun(() -> told.add("holder"));
    bench.advance(12);
    assertThat(told).containsExactly("leaseLost task-7", "holder", "holder");
  }
}
