// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.InvalidInputException;
import dev.jetlane.PullOptions;
import java.time.Duration;

/**
 * How the leases of one puller are kept, and whether keeping is still on.
 *
 * <p>This class is thread-safe.
 */
final class LeaseKeeping {

  private static final int EXTENSIONS_PER_LEASE = 3;

  final long everyNanos;
  final long maxNanos;
  private volatile boolean closed;

  private LeaseKeeping(long everyNanos, long maxNanos) {
    this.everyNanos = everyNanos;
    this.maxNanos = maxNanos;
  }

  /**
   * Returns the lease keeping of the options.
   *
   * @throws InvalidInputException if the interval is longer than half of the lease
   */
  static LeaseKeeping of(PullOptions options, Duration lease) {
    Duration every = options.keepEvery().orElse(lease.dividedBy(EXTENSIONS_PER_LEASE));
    if (every.compareTo(lease.dividedBy(2)) > 0) {
      throw new InvalidInputException(
          "interval of lease extensions",
          every,
          "must be at most half of the lease of "
              + lease
              + ": otherwise one failed extension loses it");
    }
    return new LeaseKeeping(every.toNanos(), options.keepFor().toNanos());
  }

  /** Whether leases are kept at all, and the puller is open. */
  boolean isOn() {
    return maxNanos > 0 && !closed;
  }

  boolean isClosed() {
    return closed;
  }

  /** Stops keeping. The leases then expire as usual. */
  void close() {
    closed = true;
  }
}
