// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.PullOptions;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
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
import io.nats.client.api.ServerInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The common state of the deliveries and requests of one puller, for one priority. */
final class PullContext {

  /**
   * The longest request of an idle pull to a server that ends it when its consumer is deleted. Not
   * longer, because a server that disables JetStream for an account does not end it (2.15.1).
   */
  private static final long MAX_REQUEST_ALONE_NANOS = TimeUnit.SECONDS.toNanos(20);

  /** For this time after a reconnect a server may still load or change its streams. */
  private static final long RECONNECTED_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** The longest time for which a pull waits for a request that a new leader does not know. */
  private static final long MAX_REQUEST_NANOS = TimeUnit.SECONDS.toNanos(4);

  /**
   * The same time in another domain or account, where requests outlive their client or its
   * subscription.
   */
  private static final long MAX_REQUEST_ELSEWHERE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** More than the subject and the reply subject of a message, which a limit of bytes includes. */
  private static final int MAX_SUBJECTS_BYTES = 4_096;

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

  /**
   * Whether the server serves a request although its subscription has ended: one with leaf nodes or
   * gateways does so until the request is two seconds old ({@code nextWaiting} in consumer.go, 2.9
   * to 2.15). Then only the end of a request withdraws it.
   */
  final boolean outlivesInterest;

  /** The longest single request to a server that may lose it. */
  final long sliceNanos;

  /** Whether requests cross into another domain or account. */
  private final boolean elsewhere;

  /** Whether the consumer refuses long requests (its setting {@code max_expires}). */
  private volatile boolean shortOnly;

  private volatile boolean gaveBack;

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
    outlivesInterest = session.settings.layout().isOfDomain();
    elsewhere = session.settings.layout().isElsewhere();
    sliceNanos = elsewhere ? MAX_REQUEST_ELSEWHERE_NANOS : MAX_REQUEST_NANOS;
    aheadNanos = Math.min(sliceNanos, leaseNanos / 3);
  }

  private static long keepEveryNanos(PullOptions options, long leaseNanos) {
    if (options.keepFor().isZero()) {
      return 0;
    }
    return options.keepEvery().map(Duration::toNanos).orElse(leaseNanos / 3) / 2;
  }

  /** Returns where a request that is sent now goes. */
  RequestTarget target() {
    return new RequestTarget(monitor.epoch(), status.recreations());
  }

  /** Returns the size of the largest message, as the server counts it for a limit of bytes. */
  long largestMessage() {
    return monitor.connection().getMaxPayload() + MAX_SUBJECTS_BYTES;
  }

  /** Returns whether a message of the server can be expected soon. */
  boolean serverAnswers() {
    return session.flushLock.answers();
  }

  /**
   * Returns the longest single request of an idle pull now. It is short soon after a reconnect, and
   * where the server may lose a request without ending it: in a cluster, on a leaf node (it reports
   * a cluster), without JetStream, and on 2.9.
   */
  long longestNanos() {
    return elsewhere || shortOnly || mayLoseRequests() ? sliceNanos : MAX_REQUEST_ALONE_NANOS;
  }

  private boolean mayLoseRequests() {
    if (monitor.reconnectedWithin(RECONNECTED_NANOS)) {
      return true;
    }
    ServerInfo server = monitor.connection().getServerInfo();
    String cluster = server.getCluster();
    return (cluster != null && !cluster.isEmpty())
        || !server.isJetStreamAvailable()
        || !server.isSameOrNewerThanVersion("2.10.0");
  }

  /** Records that the consumer refuses long requests; returns whether that was new. */
  boolean refusesLong() {
    boolean fresh = !shortOnly;
    shortOnly = true;
    return fresh;
  }

  LeasedDelivery delivery(NatsLease lease) {
    return deliveries.apply(lease);
  }

  /** Records that a task was given back. */
  void gaveBack() {
    gaveBack = true;
  }

  /** Returns whether a task was ever given back. */
  boolean hasGivenBack() {
    return gaveBack;
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

  /**
   * Moves the tasks that used up their deliveries to the dead letters. If a move fails, the task is
   * delivered again after its lease.
   */
  void settleExhausted(PullBatch batch) throws InterruptedException {
    if (!batch.hasExhausted()) {
      return;
    }
    List<CompletableFuture<Settlement>> moves = new ArrayList<>();
    long deadlineNanos = session.deadlineNanos();
    for (NatsLease lease : batch.removeExhausted()) {
      moves.add(
          deadLetters.moveExhausted(
              lease, new Exhaustion(lease.taskId()), Urgency.AWAITED, deadlineNanos));
    }
    TaskQueueException failure = null;
    for (CompletableFuture<Settlement> move : moves) {
      try {
        var unused = requests.await(move, deadlineNanos);
      } catch (TaskQueueException e) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        failure = e;
      }
    }
    if (failure != null && batch.isEmpty()) {
      throw failure;
    }
  }

  /** Reports a moved task to the listeners, also if no pull waits for the move any longer. */
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
