package dev.jetlane.benchmarks;

import java.util.HashMap;
import java.util.Map;

/**
 * One row of a contest: a rival, or one rival with one value of a sweep.
 *
 * @param name tells the entries of a contest apart
 * @param label names it in a table
 * @param series which line of a plot it belongs to; the label where nothing is swept
 * @param parameters JMH parameters that are its own
 */
record Entry(String name, String label, String series, Map<String, String> parameters) {

  Entry {
    parameters = Map.copyOf(parameters);
  }

  /** This entry under another name, with a parameter more. */
  Entry with(String newLabel, String parameter, String value) {
    Map<String, String> more = new HashMap<>(parameters);
    more.put(parameter, value);
    return new Entry(name + " " + parameter + "=" + value, newLabel, series, more);
  }

  /** This entry as a point of the line of its label. */
  Entry at(String parameter, long value) {
    String amount = Metric.whole((double) value) + " " + parameter;
    return with(label + ", " + amount, parameter, String.valueOf(value));
  }

  /** This entry on another line of a plot. */
  Entry inSeries(String newLabel) {
    return new Entry(name, newLabel, newLabel, parameters);
  }
}
