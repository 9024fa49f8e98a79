package dev.jetlane.spi;

import dev.jetlane.Delivery;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** A delivery whose lease may be kept, and that can be settled without waiting. */
public interface KeptDelivery {

  /** Its holder will not settle it any more: the lease is to run out. */
  void keepNoLonger();

  /** As {@link Delivery#nak(Duration)}; what that throws is in the future. */
  CompletableFuture<Settlement> nakAsync(Duration delay);

  /** As {@link Delivery#deadLetter}; what that throws is in the future. */
  CompletableFuture<Settlement> deadLetterAsync(String reason);

  /** Gives back any delivery, without waiting if it can. */
  static CompletableFuture<Settlement> nak(Delivery delivery, Duration delay) {
    return delivery instanceof KeptDelivery kept
        ? started(() -> kept.nakAsync(delay))
        : settled(() -> delivery.nak(delay));
  }

  /** Dead-letters any delivery, without waiting if it can. */
  static CompletableFuture<Settlement> deadLetter(Delivery delivery, String reason) {
    return delivery instanceof KeptDelivery kept
        ? started(() -> kept.deadLetterAsync(reason))
        : settled(() -> delivery.deadLetter(reason));
  }

  private static CompletableFuture<Settlement> settled(Supplier<Settlement> settle) {
    try {
      return CompletableFuture.completedFuture(settle.get());
    } catch (TaskQueueException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static CompletableFuture<Settlement> started(
      Supplier<CompletableFuture<Settlement>> settle) {
    try {
      return settle.get();
    } catch (TaskQueueException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
