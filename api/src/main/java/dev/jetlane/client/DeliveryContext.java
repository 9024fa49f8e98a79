package dev.jetlane.client;

import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.PartitionDriver;

/** What the deliveries of one puller share. */
final class DeliveryContext {

  final Session session;
  final Listeners listeners;
  final String partition;
  final LeaseKeeper keeper;

  /** What the leases are measured on. */
  final DriverClock clock;

  final long leaseNanos;

  DeliveryContext(Session session, String partition, LeaseKeeper keeper, PartitionDriver driver) {
    this.session = session;
    this.partition = partition;
    this.keeper = keeper;
    listeners = session.listeners;
    clock = driver.clock();
    leaseNanos = driver.lease().toNanos();
  }
}
