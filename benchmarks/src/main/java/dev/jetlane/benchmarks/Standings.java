package dev.jetlane.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;

/** The measurements of a contest, and who failed. */
final class Standings {

  private final Contest contest;
  private final List<Measurement> measurements = new ArrayList<>();
  private final Map<String, String> failures = new LinkedHashMap<>();

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

  /** Why rivals failed, by their parameter values. */
  Map<String, String> failures() {
    return failures;
  }

  void fail(Rival rival, String why) {
    failures.put(rival.name(), why);
  }

  long rounds() {
    return measurements.stream().mapToInt(Measurement::round).distinct().count();
  }

  /** Tasks per second over the rounds; empty if the rival has no measurement. */
  Optional<Spread> throughput(Rival rival) {
    return spread(of(rival).stream().mapToDouble(Measurement::tasksPerSecond).toArray());
  }

  /** Bytes per task over the rounds; empty if the rival has no measurement. */
  Optional<Spread> allocation(Rival rival) {
    return spread(of(rival).stream().mapToDouble(Measurement::bytesPerTask).toArray());
  }

  /**
   * The throughput as a multiple of the baseline's. Each round gives one ratio: what disturbs a
   * machine for longer than a round disturbs both sides of it, so ratios are steadier than the
   * throughput itself.
   */
  Optional<Spread> ratio(Rival rival) {
    DoubleStream.Builder ratios = DoubleStream.builder();
    for (Measurement baseline : of(contest.baseline())) {
      for (Measurement measurement : of(rival)) {
        if (measurement.round() == baseline.round()) {
          ratios.add(measurement.tasksPerSecond() / baseline.tasksPerSecond());
        }
      }
    }
    return spread(ratios.build().toArray());
  }

  long emptyPulls(Rival rival) {
    return of(rival).stream().mapToLong(Measurement::emptyPulls).sum();
  }

  private List<Measurement> of(Rival rival) {
    return measurements.stream().filter(m -> m.rival().equals(rival.name())).toList();
  }

  private static Optional<Spread> spread(double[] values) {
    return values.length == 0 ? Optional.empty() : Optional.of(Spread.of(values));
  }
}
