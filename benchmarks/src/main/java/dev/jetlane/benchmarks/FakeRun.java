package dev.jetlane.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * {@link FakeBenchmark} as a table: there is nobody to compare the fake with, so an ordinary JMH
 * run is right.
 */
final class FakeRun {

  private FakeRun() {}

  /** Takes about ten seconds: one JVM, with the warm-up that the benchmark asks for. */
  static String table() throws RunnerException {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include("^" + Pattern.quote(FakeBenchmark.class.getName()) + "\\.")
                    .addProfiler(GCProfiler.class)
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("", "cycles/s", "[min..max]", "B/cycle"));
    for (RunResult result : results) {
      Spread spread = Spread.of(scores(result));
      rows.add(
          List.of(
              "in-memory fake, one thread",
              Table.whole(spread.median()),
              String.format(
                  Locale.ROOT, "[%s..%s]", Table.whole(spread.min()), Table.whole(spread.max())),
              Table.whole(Rounds.secondary(result, "gc.alloc.rate.norm"))));
    }
    return "Push + pull + ack in memory, 128-byte payload; median of 5 iterations\n\n"
        + Table.aligned(rows);
  }

  private static double[] scores(RunResult result) {
    return result.getBenchmarkResults().stream()
        .flatMap(fork -> fork.getIterationResults().stream())
        .map(IterationResult::getPrimaryResult)
        .mapToDouble(score -> score.getScore())
        .toArray();
  }
}
