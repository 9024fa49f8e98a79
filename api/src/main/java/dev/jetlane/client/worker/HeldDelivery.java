package dev.jetlane.client.worker;

import dev.jetlane.Delivery;

/** A delivery as a worker holds it: its lease may be kept. */
public interface HeldDelivery extends Delivery {

  /** The deliveries of the client are ones. */
  static HeldDelivery of(Delivery delivery) {
    return (HeldDelivery) delivery;
  }

  /** Whether the task has a deadline that has come, so that no handler may get it. */
  boolean hasExpired();

  /** Its holder will not settle it any more: the lease is to run out. */
  void keepNoLonger();
}
