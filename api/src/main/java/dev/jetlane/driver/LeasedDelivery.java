// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import dev.jetlane.Delivery;

/**
 * The client's delivery of a {@link Lease}, from the moment when the driver leases a task to the
 * moment when a pull hands it out.
 */
public interface LeasedDelivery extends Delivery {

  /**
   * Returns the lease of this delivery.
   *
   * @return the lease
   */
  Lease lease();

  /**
   * Called when the driver gave the lease back or dropped it instead of handing it out. Does not
   * block.
   */
  void dropped();
}
