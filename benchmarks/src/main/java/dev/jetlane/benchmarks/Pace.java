package dev.jetlane.benchmarks;

import java.time.Duration;

/**
 * How long and how often.
 *
 * @param ownJvms whether each entry of each round has a JVM of its own
 * @param warmup how long each entry runs unmeasured: before every measurement in JVMs of their own,
 *     else once, in a round zero
 * @param measured how long an entry is measured in a round
 * @param minRounds the fewest rounds
 * @param maxRounds the most rounds
 * @param budget when no further round is begun, once {@code minRounds} are done
 */
record Pace(
    boolean ownJvms,
    Duration warmup,
    Duration measured,
    int minRounds,
    int maxRounds,
    Duration budget) {

  /** As many rounds, however long they take. */
  static Pace rounds(int rounds, long warmupMillis, long measuredMillis) {
    return new Pace(
        false,
        Duration.ofMillis(warmupMillis),
        Duration.ofMillis(measuredMillis),
        rounds,
        rounds,
        Duration.ZERO);
  }

  /** Three to nine rounds, as many as fit. */
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
