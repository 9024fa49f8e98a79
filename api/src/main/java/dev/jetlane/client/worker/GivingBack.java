package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import dev.jetlane.Settlement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Gives back many deliveries that no handler is to blame for. What cannot be given back comes back
 * when its lease runs out, which is not kept any longer.
 */
final class GivingBack {

  private GivingBack() {}

  /** Starts to give all of them back, in their order; the future never fails. */
  static CompletableFuture<Void> of(List<? extends Delivery> deliveries) {
    List<CompletableFuture<Void>> ends = new ArrayList<>(deliveries.size());
    boolean inVain = false;
    for (Delivery delivery : deliveries) {
      HeldDelivery held = HeldDelivery.of(delivery);
      if (inVain) {
        held.keepNoLonger();
        continue;
      }
      CompletableFuture<Settlement> nak = held.releaseAsync();
      // One that has failed already has waited for the whole request timeout, or was interrupted.
      inVain =
          nak.isCompletedExceptionally()
              && !delivery.leaseExpired()
              && !Thread.currentThread().isInterrupted();
      ends.add(
          nak.handle(
              (settlement, error) -> {
                if (error != null) {
                  held.keepNoLonger();
                }
                return null;
              }));
    }
    return CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new));
  }
}
