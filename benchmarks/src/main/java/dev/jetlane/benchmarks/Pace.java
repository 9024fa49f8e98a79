// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.time.Duration;

/**
 * The durations and the numbers of measurements.
 *
 * @param ownJvms whether each entry of each round has a JVM of its own
 * @param warmup how long each entry runs unmeasured: before every measurement in JVMs of their own,
 *     otherwise once, in a round zero
 * @param measured how long an entry is measured in a round
 * @param minRounds the fewest rounds
 * @param maxRounds the most rounds
 * @param budget the time after which no further round begins, if {@code minRounds} are done
 */
record Pace(
    boolean ownJvms,
    Duration warmup,
    Duration measured,
    int minRounds,
    int maxRounds,
    Duration budget) {

  /** Returns the pace of a fixed number of rounds. */
  static Pace rounds(int rounds, long warmupMillis, long measuredMillis) {
    return new Pace(
        false,
        Duration.ofMillis(warmupMillis),
        Duration.ofMillis(measuredMillis),
        rounds,
        rounds,
        Duration.ZERO);
  }

  /** Returns the pace of three to nine rounds, as many as fit into the budget. */
  static Pace within(long budgetSeconds, long warmupMillis, long measuredMillis) {
    return new Pace(
        false,
        Duration.ofMillis(warmupMillis),
        Duration.ofMillis(measuredMillis),
        3,
        9,
        Duration.ofSeconds(budgetSeconds));
  }

  Pace inOwnJvms() {
    return new Pace(true, warmup, measured, minRounds, maxRounds, budget);
  }
}
