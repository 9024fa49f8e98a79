package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import dev.jetlane.Settlement;
import java.util.concurrent.CompletableFuture;

/** A delivery as a worker holds it: its lease may be kept. */
public interface HeldDelivery extends Delivery {

  /** The deliveries of the client are ones. */
  static HeldDelivery of(Delivery delivery) {
    return (HeldDelivery) delivery;
  }

  /** Whether the task has a deadline that has come, so that no handler may get it. */
  boolean hasExpired();

  /**
   * As {@link #ackAsync}, for a holder that does not wait: it may be sent a millisecond later, with
   * others.
   */
  CompletableFuture<Settlement> ackLater();

  /** Its holder will not settle it any more: the lease is to run out. */
  void keepNoLonger();
}
