// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

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
      CompletableFuture<Settlement> release = held.releaseAsync();
      inVain = isUnreachable(release) && !Thread.currentThread().isInterrupted();
      ends.add(
          release.handle(
              (settlement, error) -> {
                if (error != null) {
                  held.keepNoLonger();
                }
                return null;
              }));
    }
    return CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new));
  }

  /**
   * Whether a call has failed already because the queue is not reachable. It may have waited for
   * the whole request timeout, so the rest is not tried. Any other failure concerns one task.
   */
  private static boolean isUnreachable(CompletableFuture<?> call) {
    Throwable why = call.isCompletedExceptionally() ? failure(call) : null;
    return why instanceof QueueUnavailableException
        || why instanceof OutcomeUnknownException
        || why instanceof QueueClosedException;
  }

  private static @Nullable Throwable failure(CompletableFuture<?> failed) {
    return failed
        .handle((done, error) -> error instanceof CompletionException ? error.getCause() : error)
        .join();
  }
}
