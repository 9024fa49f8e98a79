// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Entries that do the same work and are compared with each other.
 *
 * @param title the description of the work
 * @param benchmark the JMH benchmark: class and method
 * @param ownJvm whether every entry of every round has a JVM of its own, independent of the options
 *     of the run
 * @param entries the entries, in the order of the table
 * @param baseline the name of the entry that the ratios refer to
 * @param primary the metric of the ratios
 * @param columns the other metrics in the table
 * @param swept the JMH parameter that makes the horizontal axis of a plot; empty if nothing is
 *     swept
 * @param parameters JMH parameters that all entries share
 */
record Contest(
    String title,
    String benchmark,
    boolean ownJvm,
    List<Entry> entries,
    String baseline,
    Metric primary,
    List<Metric> columns,
    String swept,
    Map<String, String> parameters) {

  Contest {
    entries = List.copyOf(entries);
    columns = List.copyOf(columns);
    parameters = Map.copyOf(parameters);
  }

  /** The first entry is the baseline until {@link #against} says otherwise. */
  static Contest of(String title, Class<?> benchmark, String method, List<Entry> entries) {
    return new Contest(
        title,
        benchmark.getName() + "." + method,
        false,
        entries,
        entries.get(0).name(),
        Metric.THROUGHPUT,
        List.of(Metric.ALLOCATION),
        "",
        Map.of());
  }

  Contest against(Entry other) {
    return new Contest(
        title, benchmark, ownJvm, entries, other.name(), primary, columns, swept, parameters);
  }

  Contest showing(Metric newPrimary, Metric... newColumns) {
    return new Contest(
        title,
        benchmark,
        ownJvm,
        entries,
        baseline,
        newPrimary,
        List.of(newColumns),
        swept,
        parameters);
  }

  Contest sweeping(String parameter) {
    return new Contest(
        title, benchmark, ownJvm, entries, baseline, primary, columns, parameter, parameters);
  }

  Contest inOwnJvm() {
    return new Contest(
        title, benchmark, true, entries, baseline, primary, columns, swept, parameters);
  }

  Contest with(List<Entry> otherEntries) {
    return new Contest(
        title, benchmark, ownJvm, otherEntries, baseline, primary, columns, swept, parameters);
  }

  Contest with(String parameter, String value) {
    Map<String, String> more = new HashMap<>(parameters);
    more.put(parameter, value);
    return new Contest(title, benchmark, ownJvm, entries, baseline, primary, columns, swept, more);
  }

  /**
   * Returns this contest with another method of the benchmark class, which has fewer or more tasks.
   */
  Contest calling(String method) {
    String other = benchmark.substring(0, benchmark.lastIndexOf('.') + 1) + method;
    return new Contest(
        title, other, ownJvm, entries, baseline, primary, columns, swept, parameters);
  }

  Entry baselineEntry() {
    return entries.stream().filter(e -> e.name().equals(baseline)).findFirst().orElseThrow();
  }
}
