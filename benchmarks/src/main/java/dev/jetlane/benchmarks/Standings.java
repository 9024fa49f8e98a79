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

/** The measurements of a contest, and who failed. */
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

  /** What JMH itself made of each measurement; empty if the standings were read from a file. */
  List<RunResult> runs() {
    return runs;
  }

  /** Why entries failed, by their names. */
  Map<String, String> failures() {
    return failures;
  }

  void fail(Entry entry, String why) {
    failures.merge(entry.name(), why, (first, second) -> first + "; " + second);
    failed.merge(entry.name(), 1, Integer::sum);
  }

  /** How many rounds of it failed, of those that were run here. */
  int failuresOf(Entry entry) {
    return failed.getOrDefault(entry.name(), 0);
  }

  long rounds() {
    return measurements.stream().mapToInt(Measurement::round).distinct().count();
  }

  /** A metric over the rounds; empty if it was never measured. */
  Optional<Spread> spread(Entry entry, Metric metric) {
    return spread(of(entry.name(), metric).mapToDouble(m -> m.value(metric)));
  }

  /**
   * The primary metric as a multiple of the baseline's. Each round gives one ratio: what disturbs a
   * machine for longer than a round disturbs both sides of it, so ratios are steadier than the
   * throughput itself.
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

  /** A counter over all rounds. */
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
