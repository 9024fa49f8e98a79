// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.openjdk.jmh.results.RunResult;

/** The measurements of a contest, and the failed entries. */
final class Standings {

  private final Contest contest;
  private final List<Measurement> measurements = new ArrayList<>();
  private final Map<String, String> failures = new LinkedHashMap<>();
  private final Map<String, Integer> failed = new HashMap<>();
  private final List<RunResult> runs = new ArrayList<>();

  Standings(Contest contest) {
    this.contest = contest;
  }

  Contest contest() {
    return contest;
  }

  List<Measurement> measurements() {
    return measurements;
  }

  void add(Measurement measurement) {
    measurements.add(measurement);
  }

  /** Returns the results of JMH; empty if the standings were read from a file. */
  List<RunResult> runs() {
    return runs;
  }

  /** Returns the reasons of failures, by entry. */
  Map<String, String> failures() {
    return failures;
  }

  void fail(Entry entry, String why) {
    failures.merge(entry.name(), why, (first, second) -> first + "; " + second);
    failed.merge(entry.name(), 1, Integer::sum);
  }

  /** Returns the number of failed rounds of an entry in this run. */
  int failuresOf(Entry entry) {
    return failed.getOrDefault(entry.name(), 0);
  }

  long rounds() {
    return measurements.stream().mapToInt(Measurement::round).distinct().count();
  }

  /** Returns the spread of a metric over the rounds; empty if it was never measured. */
  Optional<Spread> spread(Entry entry, Metric metric) {
    return spread(of(entry.name(), metric).mapToDouble(m -> m.value(metric)));
  }

  /**
   * Returns the primary metric as a multiple of that of the baseline. Each round gives one ratio. A
   * disturbance of the machine that is longer than a round affects both sides, so ratios vary less
   * than the throughput itself.
   */
  Optional<Spread> ratio(Entry entry) {
    Metric primary = contest.primary();
    return spread(
        of(contest.baseline(), primary)
            .flatMapToDouble(
                base ->
                    of(entry.name(), primary)
                        .filter(m -> m.round() == base.round())
                        .mapToDouble(m -> m.value(primary) / base.value(primary))));
  }

  /** Returns the sum of a counter over all rounds. */
  long sum(Entry entry, Metric metric) {
    return Math.round(of(entry.name(), metric).mapToDouble(m -> m.value(metric)).sum());
  }

  private Stream<Measurement> of(String entry, Metric metric) {
    return measurements.stream().filter(m -> m.entry().equals(entry) && m.has(metric));
  }

  private static Optional<Spread> spread(DoubleStream values) {
    double[] all = values.toArray();
    return all.length == 0 ? Optional.empty() : Optional.of(Spread.of(all));
  }
}
