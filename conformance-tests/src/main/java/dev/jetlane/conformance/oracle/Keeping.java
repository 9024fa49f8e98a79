// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.PullOptions;
import dev.jetlane.conformance.oracle.History.Span;

/**
 * How the lease of a delivery is kept: from its leasing until its maximum. After that it ends
 * within a lease, because it is unknown when it was extended last.
 */
final class Keeping {

  private final long leaseNanos;

  /** The shortest remaining lease while it is kept; below zero if an extension may be too late. */
  private final long leastNanos;

  /** The earliest and the latest moment at which keeping reaches its maximum. */
  private final long untilMin;

  private final long untilMax;

  /**
   * @param ahead whether the task was leased at an unknown moment before the span
   * @param time the span in which it was leased
   */
  Keeping(PullOptions options, long leaseNanos, long toleranceNanos, boolean ahead, Span time) {
    this.leaseNanos = leaseNanos;
    long everyNanos = options.keepEvery().map(every -> every.toNanos()).orElse(leaseNanos / 3);
    leastNanos = leaseNanos - everyNanos - toleranceNanos;
    untilMin = ahead ? Long.MIN_VALUE : time.before() + options.keepFor().toNanos();
    untilMax = time.after() + options.keepFor().toNanos();
  }

  /** Returns the earliest end of the lease. */
  long leaseEndsMin() {
    return leastNanos > 0 ? untilMin : Long.MIN_VALUE;
  }

  /** Returns the latest end of the lease. */
  long leaseEndsMax() {
    return untilMax + leaseNanos;
  }

  /** Returns the shortest remaining lease before the end of keeping. */
  long leastRemaining() {
    return leastNanos;
  }

  /** Returns the earliest end of the lease if keeping stops in this span. */
  long leaseEndsMin(Span stopped) {
    return Math.min(leaseEndsMin(), stopped.before() + leastNanos);
  }

  /** Returns the latest end of the lease if keeping stops in this span. */
  long leaseEndsMax(Span stopped) {
    return Math.min(leaseEndsMax(), stopped.after() + leaseNanos);
  }
}
