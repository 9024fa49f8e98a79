// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.HashMap;
import java.util.Map;

/**
 * One row of a contest: a rival, or one rival with one value of a sweep.
 *
 * @param name identifies the entry within its contest
 * @param label its name in a table
 * @param series the line of a plot that it belongs to; the label if nothing is swept
 * @param parameters the JMH parameters of this entry
 */
record Entry(String name, String label, String series, Map<String, String> parameters) {

  Entry {
    parameters = Map.copyOf(parameters);
  }

  /** Returns this entry under another name, with an additional parameter. */
  Entry with(String newLabel, String parameter, String value) {
    Map<String, String> more = new HashMap<>(parameters);
    more.put(parameter, value);
    return new Entry(name + " " + parameter + "=" + value, newLabel, series, more);
  }

  /** Returns this entry as a point of the line with its label. */
  Entry at(String parameter, long value) {
    String amount = Metric.whole((double) value) + " " + parameter;
    return with(label + ", " + amount, parameter, String.valueOf(value));
  }

  /** Returns this entry on another line of a plot. */
  Entry inSeries(String newLabel) {
    return new Entry(name, newLabel, newLabel, parameters);
  }
}
