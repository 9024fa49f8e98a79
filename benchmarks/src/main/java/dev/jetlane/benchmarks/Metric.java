// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.Locale;

/** The metrics of an entry. */
enum Metric {
  /** Tasks per second, or operations if an operation is one task: JMH's own score. */
  THROUGHPUT("tasks/s", true),
  /**
   * From just before a task is sent until the waiting puller has it, the median of an iteration.
   */
  P50("p50 us", false),
  /** The same time, the 99th percentile. */
  P99("p99 us", false),
  /** Bytes that all threads of the client allocated, from JMH's {@code gc} profiler. */
  ALLOCATION("B/task", false),
  /** Processor time of the server's process while the clock ran. */
  SERVER_CPU("server us/task", false),
  /** Processor time of the client's JVM meanwhile. */
  CLIENT_CPU("client us/task", false),
  /** The number of times that a thread of the client left its processor. */
  SWITCHES("switches/task", false),
  /** Pulls that returned nothing, over all rounds. */
  EMPTY_PULLS("empty pulls", false);

  private final String unit;
  private final boolean moreIsBetter;

  Metric(String unit, boolean moreIsBetter) {
    this.unit = unit;
    this.moreIsBetter = moreIsBetter;
  }

  /** Returns the head of its column. */
  String unit() {
    return unit;
  }

  boolean moreIsBetter() {
    return moreIsBetter;
  }

  /** Returns a value in readable form. */
  String shown(double value) {
    return switch (this) {
      case SERVER_CPU -> String.format(Locale.ROOT, "%.1f", value);
      case SWITCHES -> String.format(Locale.ROOT, "%.3f", value);
      case CLIENT_CPU -> String.format(Locale.ROOT, "%.2f", value);
      default -> whole(value);
    };
  }

  static String whole(double value) {
    return String.format(Locale.ROOT, "%,d", Math.round(value));
  }

  static String ratio(double value) {
    return String.format(Locale.ROOT, value < 0.095 ? "%.3f" : "%.2f", value);
  }
}
