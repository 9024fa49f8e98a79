// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.Arrays;

/** The spread of a value over several rounds. */
record Spread(double median, double min, double max) {

  /**
   * @throws IllegalArgumentException if there is no value, or one that is not a number
   */
  static Spread of(double... values) {
    if (values.length == 0 || Arrays.stream(values).anyMatch(Double::isNaN)) {
      throw new IllegalArgumentException("a spread needs values: " + Arrays.toString(values));
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int upper = sorted.length / 2;
    int lower = (sorted.length - 1) / 2;
    return new Spread((sorted[lower] + sorted[upper]) / 2, sorted[0], sorted[sorted.length - 1]);
  }
}
