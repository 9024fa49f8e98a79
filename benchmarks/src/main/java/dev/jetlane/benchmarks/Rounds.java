// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Measures entries in rounds. A round is one short JMH run of each entry, and each round starts
 * with another entry. JMH alone would finish one entry before it starts the next one minutes later,
 * so on a machine that also runs other programs it would measure those.
 *
 * @param pace the durations and the number of rounds
 * @param jvmArguments for JVMs of their own
 * @param progress receives a line per contest, which grows with every round
 */
record Rounds(Pace pace, List<String> jvmArguments, PrintStream progress) {

  /** Far longer than it takes to start a JVM, to fill a stream and to finish the last drain. */
  private static final Duration STALL = Duration.ofSeconds(10);

  private static final int MAX_FAILURES = 2;

  private static final TimeValue TIMEOUT = TimeValue.seconds(120);

  /**
   * Runs the contest. A failed round of an entry is reported, and its figures omit it. An entry
   * that failed {@value #MAX_FAILURES} times is omitted from the later rounds.
   */
  Standings run(Contest contest) {
    Standings standings = new Standings(contest);
    progress.print(contest.title() + ", rounds:");
    progress.flush();
    boolean ownJvm = pace.ownJvms() || contest.ownJvm();
    long start = System.nanoTime();
    long roundStart = start;
    if (!ownJvm && !pace.warmup().isZero()) {
      round(contest, standings, -1, pace.warmup());
      roundStart = System.nanoTime();
    }
    for (int round = 0; round < pace.maxRounds(); round++) {
      round(contest, standings, round, pace.measured());
      long now = System.nanoTime();
      long nextEnd = now - start + (now - roundStart);
      roundStart = now;
      progress.print(" " + (round + 1));
      progress.flush();
      if (round + 1 >= pace.minRounds() && nextEnd > pace.budget().toNanos()) {
        break;
      }
    }
    progress.println();
    return standings;
  }

  private void round(Contest contest, Standings standings, int round, Duration time) {
    List<Entry> order = new ArrayList<>(contest.entries());
    Collections.rotate(order, -Math.max(round, 0));
    for (Entry entry : order) {
      if (standings.failuresOf(entry) >= MAX_FAILURES) {
        continue;
      }
      long start = System.nanoTime();
      try {
        RunResult run = measure(contest, entry, time);
        if (round >= 0) {
          standings.runs().add(run);
          standings.add(new Measurement(entry.name(), round, values(contest, run)));
        }
      } catch (RunnerException e) {
        standings.fail(entry, roundName(round) + reason(e));
        progress.print(" FAILED " + entry.name() + ": " + reason(e));
      }
      long tookNanos = System.nanoTime() - start;
      if (tookNanos > pace.warmup().plus(time).plus(STALL).toNanos()) {
        progress.printf(" (%s took %d s)", entry.name(), tookNanos / 1_000_000_000);
      }
    }
  }

  private static String roundName(int round) {
    return round < 0 ? "when warming up: " : "in round " + (round + 1) + ": ";
  }

  private RunResult measure(Contest contest, Entry entry, Duration time) throws RunnerException {
    boolean ownJvm = pace.ownJvms() || contest.ownJvm();
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + Pattern.quote(contest.benchmark()) + "$")
            .forks(ownJvm ? 1 : 0)
            .warmupIterations(ownJvm ? 1 : 0)
            .warmupTime(TimeValue.milliseconds(pace.warmup().toMillis()))
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(time.toMillis()))
            .timeout(TIMEOUT)
            .addProfiler(GCProfiler.class)
            .jvmArgsAppend(jvmArguments.toArray(String[]::new))
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT);
    Map<String, String> parameters = new HashMap<>(contest.parameters());
    parameters.putAll(entry.parameters());
    parameters.forEach(options::param);
    return new Runner(options.build()).run().iterator().next();
  }

  private static Map<Metric, Double> values(Contest contest, RunResult run) {
    Map<Metric, Double> values = new EnumMap<>(Metric.class);
    Map<String, Double> found = secondary(run);
    values.put(Metric.THROUGHPUT, run.getPrimaryResult().getScore());
    values.put(Metric.ALLOCATION, found.getOrDefault("gc.alloc.rate.norm", 0.0));
    for (Metric metric : contest.columns()) {
      if (metric == Metric.EMPTY_PULLS) {
        values.put(metric, found.getOrDefault("emptyPulls", 0.0));
      }
    }
    perTask(found, "serverMicros").ifPresent(micros -> values.put(Metric.SERVER_CPU, micros));
    perTask(found, "switches").ifPresent(switches -> values.put(Metric.SWITCHES, switches));
    perTask(found, "clientMicros").ifPresent(micros -> values.put(Metric.CLIENT_CPU, micros));
    if (found.containsKey("p50Nanos")) {
      values.put(Metric.P50, found.get("p50Nanos") / 1_000);
      values.put(Metric.P99, found.getOrDefault("p99Nanos", 0.0) / 1_000);
    }
    return values;
  }

  private static OptionalDouble perTask(Map<String, Double> found, String counter) {
    double value = found.getOrDefault(counter, 0.0);
    return value > 0
        ? OptionalDouble.of(value / found.getOrDefault("tasks", 0.0))
        : OptionalDouble.empty();
  }

  /** JMH's further results; older versions put a dot before the labels of profilers. */
  @SuppressWarnings("rawtypes") // JMH's own signature.
  private static Map<String, Double> secondary(RunResult run) {
    Map<String, Double> found = new HashMap<>();
    for (Map.Entry<String, Result> result : run.getSecondaryResults().entrySet()) {
      String label = result.getKey();
      int name = 0;
      while (name < label.length() && !Character.isLetterOrDigit(label.charAt(name))) {
        name++;
      }
      found.put(label.substring(name), result.getValue().getScore());
    }
    return found;
  }

  /**
   * Returns the exception of the benchmark, which JMH wraps in causes and their suppressed
   * exceptions.
   */
  private static String reason(Throwable thrown) {
    Throwable deepest = thrown;
    for (int depth = 0; depth < 10; depth++) {
      if (deepest.getCause() != null) {
        deepest = deepest.getCause();
      } else if (deepest.getSuppressed().length > 0) {
        deepest = deepest.getSuppressed()[0];
      } else {
        break;
      }
    }
    return deepest.toString().lines().findFirst().orElse("");
  }
}
