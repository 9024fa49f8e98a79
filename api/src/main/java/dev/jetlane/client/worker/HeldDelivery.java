package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import dev.jetlane.Settlement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A delivery as a worker holds it: its lease may be kept, and settling it does not block. */
public interface HeldDelivery extends Delivery {

  /** The deliveries of the client are ones. */
  static HeldDelivery of(Delivery delivery) {
    return (HeldDelivery) delivery;
  }

  /** Its holder will not settle it any more: the lease is to run out. */
  void keepNoLonger();

  /** As {@link Delivery#nak(Duration)}; what that throws is in the future. */
  CompletableFuture<Settlement> nakAsync(Duration delay);

  /** As {@link Delivery#deadLetter}; what that throws is in the future. */
  CompletableFuture<Settlement> deadLetterAsync(String reason);
}
