package dev.jetlane.driver;

import dev.jetlane.Delivery;

/**
 * The client's delivery of a {@link Lease}, as the driver sees it between the moment when it leases
 * a task and the moment when a pull hands it out.
 */
public interface LeasedDelivery extends Delivery {

  /** The lease that this was made of. */
  Lease lease();

  /** The driver gave the lease back, or dropped it, and will not hand this out. Does not block. */
  void dropped();
}
