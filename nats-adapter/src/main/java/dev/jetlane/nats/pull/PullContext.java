package dev.jetlane.nats.pull;

import dev.jetlane.PullOptions;
import dev.jetlane.QueueConfig;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Session;
import dev.jetlane.spi.LeaseKeeping;
import java.time.Duration;

/** What the deliveries of one puller share. */
public final class PullContext {

  final Session session;
  final PartitionAddress lane;
  final PullOptions options;
  final DeadLetterWriter deadLetters;
  final long leaseNanos;
  final int maxDeliveries;
  final int maxOutstanding;
  final LeaseKeeping keeping;

  public PullContext(Session session, PartitionAddress lane, PullOptions options) {
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
