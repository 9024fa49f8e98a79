package dev.jetlane;

import java.time.Duration;

/**
 * The options of a {@link Puller}. Immutable.
 *
 * <p><b>Lease keeping.</b> With {@link #keepFor} above zero the queue extends the leases of all
 * fetched tasks, handed out or not, so that work may take longer than the lease. Keeping a lease
 * stops when its delivery is settled or closed, when the puller or the queue is closed, when only
 * the queue refers to the delivery (after a garbage collection; not in memory), and after {@code
 * keepFor}. Then the lease expires as usual. A failed extension is repeated within the lease. An
 * unconfirmed extension does not count: {@link Delivery#leaseRemaining} is never longer than the
 * last confirmed lease, and an expired lease is not revived.
 *
 * @param prefetch how many tasks the puller may lease ahead of {@link Puller#pull}, from 0 to
 *     {@link Limits#MAX_PULL}. Zero, the default, leases only what a pull asks for. A puller leases
 *     nothing ahead before one of its pulls got a task; from then on it keeps at least half the
 *     prefetch buffered or requested while tasks are available. Prefetched tasks are pulled without
 *     a round trip, but their lease runs while they wait, and other pullers cannot have them. A
 *     task that expires in the buffer is dropped, because it is redelivered. After half a lease
 *     without a pull the puller is idle: it gives the tasks in its buffer back, unless their leases
 *     are kept, and leases nothing ahead until a pull gets a task. This costs each of these tasks
 *     an attempt, so choose a prefetch that is used up in less time. A queue with {@link
 *     QueueConfig#priorities} does not use a prefetch.
 * @param confirmAcks whether {@code ack} and {@code ackAsync} wait for the queue's confirmation,
 *     the default. Without it they complete when the ack was written to the connection. This is
 *     faster, and a lost ack means that the task is redelivered.
 * @param keepFor how long leases are kept, from when the task was leased, up to {@link
 *     Limits#MAX_KEEP}; zero, the default, for not at all
 * @param keepEvery how often a kept lease is extended, at most half of the lease; zero, the
 *     default, for a third of it
 * @param maxBytes the limit of payload bytes for one pull, and for the tasks leased ahead, from 1
 *     to {@link Limits#MAX_PULL_BYTES}; 16 MiB by default. A larger task is returned alone. A pull
 *     that reaches this limit ends like one that got all tasks that it asked for. A nats-server
 *     disconnects a client with more than 64 MB pending ({@code max_pending}), so keep the sum over
 *     all active pullers of a client below that.
 */
public record PullOptions(
    int prefetch, boolean confirmAcks, Duration keepFor, Duration keepEvery, long maxBytes) {

  /** 16 MiB. */
  private static final long DEFAULT_MAX_BYTES = 16L * 1024 * 1024;

  private static final PullOptions DEFAULTS =
      new PullOptions(0, true, Duration.ZERO, Duration.ZERO, DEFAULT_MAX_BYTES);

  /**
   * Checks all values.
   *
   * @param prefetch see {@link #prefetch}
   * @param confirmAcks see {@link #confirmAcks}
   * @param keepFor see {@link #keepFor}
   * @param keepEvery see {@link #keepEvery}
   * @param maxBytes see {@link #maxBytes}
   * @throws InvalidInputException if a value is out of its range
   */
  public PullOptions {
    Limits.checkPrefetch(prefetch);
    Limits.checkKeep("time to keep leases", keepFor);
    Limits.checkKeep("step of lease keeping", keepEvery);
    Limits.checkPullBytes(maxBytes);
  }

  /**
   * Returns the defaults: no prefetch, confirmed acks, no lease keeping, 16 MiB.
   *
   * @return the defaults
   */
  public static PullOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Returns a copy with another {@link #prefetch}.
   *
   * @param tasks from 0 to {@link Limits#MAX_PULL}
   * @return the copy
   * @throws InvalidInputException if the number is out of that range
   */
  public PullOptions withPrefetch(int tasks) {
    return new PullOptions(tasks, confirmAcks, keepFor, keepEvery, maxBytes);
  }

  /**
   * Returns a copy with another {@link #maxBytes}.
   *
   * @param bytes from 1 to {@link Limits#MAX_PULL_BYTES}
   * @return the copy
   * @throws InvalidInputException if the number is out of that range
   */
  public PullOptions withMaxBytes(long bytes) {
    return new PullOptions(prefetch, confirmAcks, keepFor, keepEvery, bytes);
  }

  /**
   * Returns a copy with acks that do not wait for a confirmation.
   *
   * @return the copy
   */
  public PullOptions withUnconfirmedAcks() {
    return new PullOptions(prefetch, false, keepFor, keepEvery, maxBytes);
  }

  /**
   * Returns a copy with leases that are kept, extended after each third of the lease.
   *
   * @param max how long, from when the task was leased; zero for not at all
   * @return the copy
   * @throws InvalidInputException if the time is out of its range
   */
  public PullOptions withLeaseKeeping(Duration max) {
    return withLeaseKeeping(Duration.ZERO, max);
  }

  /**
   * Returns a copy with leases that are kept.
   *
   * @param every how often a lease is extended: {@link Partition#puller} refuses more than half of
   *     the lease, because one failed extension would then lose it; zero for a third of the lease
   * @param max how long a lease is kept, from when the task was leased; zero for not at all
   * @return the copy
   * @throws InvalidInputException if a time is out of its range
   */
  public PullOptions withLeaseKeeping(Duration every, Duration max) {
    return new PullOptions(prefetch, confirmAcks, max, every, maxBytes);
  }
}
