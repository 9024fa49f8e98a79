package dev.jetlane.benchmarks;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
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
 * Measures rivals in rounds: a round is one short JMH run of each, and each round starts with
 * another rival. JMH by itself finishes one rival before it starts the next, minutes apart; on a
 * machine that does other things as well, that measures the other things.
 *
 * @param forked whether each rival of each round gets a JVM of its own
 * @param warmup how long each rival runs unmeasured: before every measurement if forked, else once,
 *     in a round zero
 * @param measured how long a rival is measured in a round
 * @param minRounds the fewest rounds
 * @param maxRounds the most rounds
 * @param budget when no further round is begun, once {@code minRounds} are done
 * @param jvmArguments for the forked JVMs
 * @param progress where a line per contest goes, growing with every round
 */
record Rounds(
    boolean forked,
    Duration warmup,
    Duration measured,
    int minRounds,
    int maxRounds,
    Duration budget,
    List<String> jvmArguments,
    PrintStream progress) {

  /** Far more than it takes to start a JVM, to fill a stream and to finish the last drain. */
  private static final Duration STALL = Duration.ofSeconds(10);

  private static final TimeValue TIMEOUT = TimeValue.seconds(60);

  /** Runs the contest. A rival that fails is left out of the rounds that follow. */
  Standings run(Contest contest) {
    Standings standings = new Standings(contest);
    progress.print(contest.title() + ", rounds:");
    progress.flush();
    long start = System.nanoTime();
    long roundStart = start;
    if (!forked && !warmup.isZero()) {
      round(contest, standings, -1, warmup);
      roundStart = System.nanoTime();
    }
    for (int round = 0; round < maxRounds; round++) {
      round(contest, standings, round, measured);
      long now = System.nanoTime();
      long nextEnd = now - start + (now - roundStart);
      roundStart = now;
      progress.print(" " + (round + 1));
      progress.flush();
      if (round + 1 >= minRounds && nextEnd > budget.toNanos()) {
        break;
      }
    }
    progress.println();
    return standings;
  }

  private void round(Contest contest, Standings standings, int round, Duration time) {
    List<Rival> order = new ArrayList<>(contest.rivals());
    Collections.rotate(order, -Math.max(round, 0));
    for (Rival rival : order) {
      if (standings.failures().containsKey(rival.name())) {
        continue;
      }
      long start = System.nanoTime();
      try {
        Measurement measurement = measure(contest, rival, round, time);
        if (round >= 0) {
          standings.add(measurement);
        }
      } catch (RunnerException e) {
        standings.fail(rival, reason(e));
        progress.print(" FAILED " + rival.name() + ": " + reason(e));
      }
      long tookNanos = System.nanoTime() - start;
      if (tookNanos > warmup.plus(time).plus(STALL).toNanos()) {
        progress.printf(" (%s took %d s)", rival.name(), tookNanos / 1_000_000_000);
      }
    }
  }

  private Measurement measure(Contest contest, Rival rival, int round, Duration time)
      throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + Pattern.quote(contest.benchmark().getName()) + "\\.")
            .param("rival", rival.name())
            .forks(forked ? 1 : 0)
            .warmupIterations(forked ? 1 : 0)
            .warmupTime(TimeValue.milliseconds(warmup.toMillis()))
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(time.toMillis()))
            .timeout(TIMEOUT)
            .addProfiler(GCProfiler.class)
            .jvmArgsAppend(jvmArguments.toArray(String[]::new))
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT);
    contest.parameters().forEach(options::param);
    Collection<RunResult> results = new Runner(options.build()).run();
    RunResult result = results.iterator().next();
    return new Measurement(
        rival.name(),
        round,
        result.getPrimaryResult().getScore(),
        secondary(result, "gc.alloc.rate.norm"),
        Math.round(secondary(result, "emptyPulls")));
  }

  @SuppressWarnings("rawtypes") // JMH's own signature.
  static double secondary(RunResult run, String label) {
    // Older versions of JMH put a dot before the labels of profilers.
    for (Map.Entry<String, Result> result : run.getSecondaryResults().entrySet()) {
      if (result.getKey().endsWith(label)) {
        return result.getValue().getScore();
      }
    }
    return 0;
  }

  /** JMH wraps what a benchmark threw: causes, and suppressed exceptions of those. */
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
