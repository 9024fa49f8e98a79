package dev.jetlane.spi;

import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** A delivery whose lease may be kept. */
public interface KeptDelivery {

  /** Its holder will not settle it any more: the lease is to run out. */
  void keepNoLonger();

  /** Starts a settlement; what that throws is in the future. */
  static CompletableFuture<Settlement> start(Supplier<CompletableFuture<Settlement>> settlement) {
    try {
      return settlement.get();
    } catch (TaskQueueException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
