package dev.jetlane.nats.pull;

import dev.jetlane.PullOptions;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Dialect;
import dev.jetlane.nats.request.RequestTable;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.nats.wire.Refusals;
import dev.jetlane.nats.wire.Sender;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The common state of the deliveries and requests of one puller, for one priority. */
final class PullContext {

  private static final long MAX_REQUEST_NANOS = TimeUnit.SECONDS.toNanos(4);
  private static final long MAX_GRACE_NANOS = TimeUnit.SECONDS.toNanos(5);

  final Session session;
  final ConnectionMonitor monitor;
  final Refusals refusals;
  final Sender sender;
  final RequestTable requests;
  final Dialect dialect;
  final PartitionAddress address;
  final PartitionStatus status;
  final PullOptions options;
  final DeadLetterWriter deadLetters;
  final long leaseNanos;
  final int maxDeliveries;
  final int maxOutstanding;

  /** Makes the delivery of a lease. */
  private final Function<Lease, LeasedDelivery> deliveries;

  /**
   * How often prefetched messages become deliveries, so that their leases are kept; zero if leases
   * are not kept.
   */
  final long keepEveryNanos;

  /** How long after its expiry a request has certainly ended. */
  final long graceNanos;

  /** How long a request for tasks ahead stays open. */
  final long aheadNanos;

  PullContext(
      Session session,
      PartitionAddress address,
      PartitionStatus status,
      PullOptions options,
      Function<Lease, LeasedDelivery> deliveries) {
    this.session = session;
    this.address = address;
    this.status = status;
    this.options = options;
    monitor = session.monitor;
    refusals = session.refusals;
    sender = session.sender;
    requests = session.requests;
    dialect = session.settings.dialect();
    deadLetters = new DeadLetterWriter(requests, address);
    PartitionStatus.Terms terms = status.terms(address.priority);
    leaseNanos = terms.leaseNanos();
    maxOutstanding = terms.maxOutstanding();
    maxDeliveries = session.settings.queue().maxDeliveries();
    this.deliveries = deliveries;
    keepEveryNanos = keepEveryNanos(options, leaseNanos);
    graceNanos = Math.min(session.settings.requestTimeout().toNanos(), MAX_GRACE_NANOS);
    aheadNanos = Math.min(MAX_REQUEST_NANOS, leaseNanos / 3);
  }

  private static long keepEveryNanos(PullOptions options, long leaseNanos) {
    if (options.keepFor().isZero()) {
      return 0;
    }
    return options.keepEvery().map(Duration::toNanos).orElse(leaseNanos / 3) / 2;
  }

  LeasedDelivery delivery(NatsLease lease) {
    return deliveries.apply(lease);
  }

  /** Gives back a task that was not handed out. */
  static void giveBack(LeasedDelivery delivery) {
    delivery.dropped();
    if (!delivery.leaseExpired()) {
      ((NatsLease) delivery.lease()).giveBack();
    }
  }

  /**
   * Moves tasks that used up their deliveries and that no pull reports to the dead letters, without
   * waiting. If the move fails, the task is delivered again after its lease.
   */
  void moveExhausted(PullBatch batch) {
    for (NatsLease lease : batch.removeExhausted()) {
      var unused =
          deadLetters.moveExhausted(
              lease, new Exhaustion(lease.taskId()), Urgency.PIPELINED, session.deadlineNanos());
    }
  }

  /** Reports a moved task to the listeners. */
  private final class Exhaustion implements Completion<Settlement> {

    private final String taskId;

    Exhaustion(String taskId) {
      this.taskId = taskId;
    }

    @Override
    public void succeeding(Settlement removed) {
      session.events.exhausted(address.partition, taskId);
    }

    @Override
    public Throwable failing(Throwable error) {
      return error;
    }
  }

  QueueUnavailableException unavailable(String why) {
    return unavailable(why, null);
  }

  QueueUnavailableException unavailable(String why, @Nullable Throwable cause) {
    return new QueueUnavailableException(
        "pull from partition " + address.partition + ": " + why, cause);
  }
}
