package dev.jetlane.benchmarks;

import java.util.Map;

/**
 * What an entry did in a round.
 *
 * @param entry its name
 * @param round from 0
 * @param values what was measured; what could not be is not in it
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
