package dev.jetlane.client.worker;

import dev.jetlane.Delivery;

/** A delivery as a worker holds it: its lease may be kept. */
public interface HeldDelivery extends Delivery {

  /** The deliveries of the client are ones. */
  static HeldDelivery of(Delivery delivery) {
    return (HeldDelivery) delivery;
  }

  /** Its holder will not settle it any more: the lease is to run out. */
  void keepNoLonger();
}
