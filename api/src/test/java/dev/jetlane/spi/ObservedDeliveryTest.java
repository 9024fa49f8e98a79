package dev.jetlane.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.jetlane.Delivery;
import dev.jetlane.QueueListener;
import dev.jetlane.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What no queue can be made to do at will: a confirmation that takes longer than the lease. */
class ObservedDeliveryTest {

  private final List<String> told = new ArrayList<>();
  private final ScriptedDelivery inner = new ScriptedDelivery();
  private final Delivery delivery =
      new ObservedDelivery(inner, Observation.by(List.of(new Recorder(told))), () -> 0, 0);

  @Test
  void anAckThatIsUnderWayLosesNoLease() {
    inner.confirmation = new CompletableFuture<>();
    CompletableFuture<Settlement> ack = delivery.ackAsync();
    inner.remaining = Duration.ZERO;
    delivery.close();
    assertThat(told).isEmpty();
    inner.confirmation.complete(null);
    assertThat(ack).isCompletedWithValue(Settlement.SETTLED);
    assertThat(told).containsExactly("acked false");
  }

  @Test
  void aCloseThatComesTooLateTellsOfTheLoss() {
    inner.remaining = Duration.ZERO;
    delivery.close();
    delivery.close();
    assertThat(told).containsExactly("leaseLost");
  }

  @Test
  void whoeverAsksForTheLossOfALeaseGetsTheSameStage() {
    assertSame(delivery.leaseLost(), delivery.leaseLost());
    assertSame(inner.leaseLost(), inner.leaseLost());
  }

  private record Recorder(List<String> told) implements QueueListener {

    @Override
    public void acked(Delivery delivery, boolean late, long heldNanos) {
      told.add("acked " + late);
    }

    @Override
    public void leaseLost(Delivery delivery) {
      told.add("leaseLost");
    }
  }
}
