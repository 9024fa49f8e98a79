// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.micrometer;

import io.micrometer.core.instrument.Clock;

/** Suspends the requests for all partitions after a failure, because they share one connection. */
final class Pause {

  final Clock clock;
  private volatile boolean failed;
  private volatile long failedNanos;

  Pause(Clock clock) {
    this.clock = clock;
  }

  void failed() {
    failedNanos = clock.monotonicTime();
    failed = true;
  }

  boolean isOver() {
    return !failed || clock.monotonicTime() - failedNanos >= QueueMetrics.INTERVAL.toNanos();
  }
}
