// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.driver.DriverClock;
import java.time.Duration;

/** The common state of the deliveries of one puller. */
final class DeliveryContext {

  final Session session;
  final Listeners listeners;
  final String partition;
  final LeaseKeeper keeper;

  /** The clock of the leases. */
  final DriverClock clock;

  final long leaseNanos;

  /** The largest number of deliveries of a task. */
  final int maxDeliveries;

  DeliveryContext(
      Session session,
      String partition,
      LeaseKeeper keeper,
      DriverClock clock,
      Duration lease,
      int maxDeliveries) {
    this.session = session;
    this.partition = partition;
    this.keeper = keeper;
    this.clock = clock;
    listeners = session.listeners;
    leaseNanos = lease.toNanos();
    this.maxDeliveries = maxDeliveries;
  }
}
