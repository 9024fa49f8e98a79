package dev.jetlane.benchmarks;

import java.util.Map;

/**
 * What an entry did in a round.
 *
 * @param entry its name
 * @param round from 0
 * @param values the measured values; those that could not be measured are missing
 */
record Measurement(String entry, int round, Map<Metric, Double> values) {

  Measurement {
    values = Map.copyOf(values);
  }

  boolean has(Metric metric) {
    return values.containsKey(metric);
  }

  /** Not a number if it was not measured. */
  double value(Metric metric) {
    return values.getOrDefault(metric, Double.NaN);
  }
}
