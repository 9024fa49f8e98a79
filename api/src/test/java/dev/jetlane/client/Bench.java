// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.PullOptions;
import dev.jetlane.QueueListener;
import dev.jetlane.driver.Lease;
import java.time.Duration;
import java.util.List;

/** The parts of a client around scripted leases, with a clock that a test moves. */
final class Bench {

  static final Duration LEASE = Duration.ofSeconds(12);

  final StandingClock clock = new StandingClock();
  final LeaseKeeper keeper = new LeaseKeeper(clock);
  final Session session;
  private final DeliveryContext context;

  Bench(QueueListener... listeners) {
    session = new Session(clock, Duration.ofSeconds(5), new Listeners(List.of(listeners)));
    context = new DeliveryContext(session, "p", keeper, clock, LEASE, 20);
  }

  ScriptedLease lease() {
    return new ScriptedLease(clock, LEASE);
  }

  ClientDelivery delivery(Lease lease) {
    return new ClientDelivery(context, lease);
  }

  void advance(int seconds) {
    clock.advance(Duration.ofSeconds(seconds));
  }

  /** Returns the lease keeping of options with this step and maximum. */
  static LeaseKeeping keeping(Duration every, Duration max) {
    return LeaseKeeping.of(PullOptions.defaults().withKeepFor(max).withKeepEvery(every), LEASE);
  }

  static LeaseKeeping keeping() {
    return keeping(Duration.ofHours(1));
  }

  /** Returns the lease keeping with this maximum. */
  static LeaseKeeping keeping(Duration max) {
    return LeaseKeeping.of(PullOptions.defaults().withKeepFor(max), LEASE);
  }

  void keep(ClientDelivery delivery, LeaseKeeping keeping) {
    keeper.keep(delivery, keeping, clock.nanoTime());
  }
}
