// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import dev.jetlane.Settlement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Gives back many deliveries without a failure. If a delivery cannot be given back, its lease is no
 * longer kept, and the task is delivered again when the lease expires.
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
      // A call that failed without an interrupt has waited for the whole request timeout, so the
      // rest is not tried.
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
