package dev.jetlane.spi;

import dev.jetlane.InvalidInputException;
import dev.jetlane.PullOptions;
import java.time.Duration;

/**
 * How the deliveries of one puller are kept, and whether they still are. Made when the puller is
 * opened; every delivery is {@link #keep kept} as soon as it is there, handed out or not.
 *
 * <p>This class is thread-safe.
 */
public final class LeaseKeeping implements AutoCloseable {

  private static final int BEATS_PER_LEASE = 3;

  private final LeaseKeeper keeper;
  private final long leaseNanos;
  final long everyNanos;
  final long maxNanos;
  private volatile boolean closed;

  private LeaseKeeping(LeaseKeeper keeper, long leaseNanos, long everyNanos, long maxNanos) {
    this.keeper = keeper;
    this.leaseNanos = leaseNanos;
    this.everyNanos = everyNanos;
    this.maxNanos = maxNanos;
  }

  /**
   * As the options say.
   *
   * @throws InvalidInputException if the step does not fit the lease
   */
  public static LeaseKeeping of(LeaseKeeper keeper, PullOptions options, Duration lease) {
    Duration every = options.keepEvery();
    if (every.compareTo(lease.dividedBy(2)) > 0) {
      throw new InvalidInputException(
          "step of lease keeping",
          every,
          "must be at most half of the lease, which is " + lease + ": one failure would lose it");
    }
    long leaseNanos = lease.toNanos();
    long everyNanos = every.isZero() ? leaseNanos / BEATS_PER_LEASE : every.toNanos();
    return new LeaseKeeping(keeper, leaseNanos, everyNanos, options.keepFor().toNanos());
  }

  /** Whether leases are kept at all. */
  public boolean isOn() {
    return maxNanos > 0;
  }

  /** How often a lease is extended. */
  public long everyNanos() {
    return everyNanos;
  }

  /** Keeps the lease of a delivery that was just made. Does nothing if leases are not kept. */
  public void keep(AbstractDelivery delivery) {
    if (maxNanos > 0 && !closed) {
      keeper.keep(delivery, this, delivery.leaseEndNanos() - leaseNanos);
    }
  }

  /** Stops keeping. The leases run out as usual. */
  @Override
  public void close() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }
}
