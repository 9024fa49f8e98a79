package dev.jetlane.nats;

import dev.jetlane.PullOptions;
import dev.jetlane.QueueConfig;
import dev.jetlane.spi.LeaseKeeping;
import java.time.Duration;

/** What the deliveries of one puller share. */
final class PullContext {

  final Session session;
  final Lane lane;
  final PullOptions options;
  final DeadLetterWriter deadLetters;
  final long leaseNanos;
  final int maxDeliveries;
  final int maxOutstanding;
  final LeaseKeeping keeping;

  PullContext(Session session, Lane lane, PullOptions options) {
    this.session = session;
    this.lane = lane;
    this.options = options;
    deadLetters = new DeadLetterWriter(session, lane);
    QueueConfig config = session.options.queue();
    leaseNanos = lane.leaseNanos;
    maxDeliveries = config.maxDeliveries();
    maxOutstanding = lane.maxOutstanding;
    keeping = LeaseKeeping.of(session.keeper, options, Duration.ofNanos(leaseNanos));
  }
}
