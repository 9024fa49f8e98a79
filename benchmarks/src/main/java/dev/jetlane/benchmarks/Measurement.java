// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.Map;

/**
 * The measurement of an entry in a round.
 *
 * @param entry the name of the entry
 * @param round the number of the round, from 0
 * @param values the measured values; values that could not be measured are missing
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
