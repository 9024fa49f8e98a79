package dev.jetlane;

import java.time.Duration;

/**
 * How a {@link Puller} works. Immutable.
 *
 * <p><b>Lease keeping.</b> With {@link #keepFor} above zero the queue itself extends the leases of
 * what the puller has fetched, handed out or not, so that work may take longer than the lease. It
 * stops for a delivery when that is settled or closed, when the puller or the queue is closed, when
 * nothing but the queue refers to the delivery any more (the garbage collector decides when that is
 * noticed; the in-memory queue does not), and after {@code keepFor}; then the lease runs out as
 * usual. An extension that fails is tried again within the lease. One that nobody confirmed does
 * not count: {@link Delivery#leaseRemaining} is never longer than what the queue confirmed, and a
 * lease that ran out is not revived.
 *
 * @param prefetch how many tasks the puller may lease ahead of {@link Puller#pull}, from 0 to
 *     {@link Limits#MAX_PULL}. Zero, the default, leases only what a pull asks for. A puller leases
 *     nothing before one of its pulls got something; from then on it sees to it that at least half
 *     of the prefetch is here or on its way, as far as there are tasks. Prefetched tasks are pulled
 *     without a round trip, but their lease runs while they wait, and other pullers cannot have
 *     them; what expires in the buffer is dropped, because it is delivered again. A puller that
 *     nobody pulled from for half a lease is idle: it gives back what waits in its buffer, unless
 *     its leases are kept, and leases nothing ahead until a pull gets something. Each time costs
 *     those tasks an attempt, so choose a prefetch that is used up in less. A queue with {@link
 *     QueueConfig#priorities} does not use a prefetch.
 * @param confirmAcks whether {@code ack} and {@code ackAsync} wait for the queue's confirmation,
 *     the default. Without it they complete once the ack is written to the connection: faster, and
 *     an ack lost on the way means that the task is delivered again.
 * @param keepFor for how long leases are kept, from when the task was leased, up to {@link
 *     Limits#MAX_KEEP}; zero, the default, for not at all
 * @param keepEvery how often a kept lease is extended, at most half of the lease; zero, the
 *     default, for a third of it
 * @param maxBytes how many bytes of payload one pull takes, and how many the puller leases ahead,
 *     from 1 to {@link Limits#MAX_PULL_BYTES}; 16 MiB by default. A task that is larger comes
 *     alone. A pull that comes to this bound ends as one that got all that it asked for. A
 *     nats-server cuts a client for which more than 64 MB wait (its {@code max_pending}), so the
 *     sum over the pullers that are used at once is to stay below that.
 */
public record PullOptions(
    int prefetch, boolean confirmAcks, Duration keepFor, Duration keepEvery, long maxBytes) {

  /** 16 MiB. */
  private static final long DEFAULT_MAX_BYTES = 16L * 1024 * 1024;

  private static final PullOptions DEFAULTS =
      new PullOptions(0, true, Duration.ZERO, Duration.ZERO, DEFAULT_MAX_BYTES);

  /**
   * @throws InvalidInputException if a value is out of its range
   */
  public PullOptions {
    Limits.checkPrefetch(prefetch);
    Limits.checkKeep("time to keep leases", keepFor);
    Limits.checkKeep("step of lease keeping", keepEvery);
    Limits.checkPullBytes(maxBytes);
  }

  /** No prefetch, confirmed acks, no lease keeping, 16 MiB. */
  public static PullOptions defaults() {
    return DEFAULTS;
  }

  /** These options with another {@link #prefetch}. */
  public PullOptions withPrefetch(int tasks) {
    return new PullOptions(tasks, confirmAcks, keepFor, keepEvery, maxBytes);
  }

  /** These options with another {@link #maxBytes}. */
  public PullOptions withMaxBytes(long bytes) {
    return new PullOptions(prefetch, confirmAcks, keepFor, keepEvery, bytes);
  }

  /** These options with acks that do not wait for a confirmation. */
  public PullOptions withUnconfirmedAcks() {
    return new PullOptions(prefetch, false, keepFor, keepEvery, maxBytes);
  }

  /** These options with leases that are kept for so long, extended at every third of the lease. */
  public PullOptions withLeaseKeeping(Duration max) {
    return withLeaseKeeping(Duration.ZERO, max);
  }

  /**
   * These options with leases that are kept.
   *
   * @param every how often a lease is extended: {@link Partition#puller} refuses more than half of
   *     the lease, because one failed extension would then lose it; zero for a third of the lease
   * @param max for how long a lease is kept, from when the task was leased; zero for not at all
   */
  public PullOptions withLeaseKeeping(Duration every, Duration max) {
    return new PullOptions(prefetch, confirmAcks, max, every, maxBytes);
  }
}
