// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The three-minute tour: compares all rivals, with ratios that are reliable even if the machine
 * also runs other programs.
 *
 * <p>All rivals run in this one JVM, which JMH advises against, because they share the profile of
 * the JIT compiler. Here the alternative is worse: a JVM for each would take about four seconds per
 * rival and round, three of them to warm up, so that three minutes would be enough for only two
 * rounds. The server and system calls take about 6,000 ns per task; a megamorphic call site adds a
 * few. The rivals share only the code of jnats, because their own loops are separate classes.
 * {@code full ... own-jvms} gives each rival of each round its own JVM, to check this. The fake has
 * no server that dominates its time, so it is measured in its own JVM here too.
 */
final class Tour {

  static final String COMMAND = "java -jar benchmarks/target/benchmarks.jar";

  /** The name of its results. */
  static final String SECTION = "tour";

  private static final Path TARGET = Path.of("benchmarks", "target");

  private final PrintStream out;

  Tour(PrintStream out) {
    this.out = out;
  }

  /** Runs, prints and writes; returns the exit status. */
  int run() throws IOException {
    try (ServerUnderTest server = ServerUnderTest.find()) {
      String fakeAlone = "NO SERVER, the in-memory fake alone: " + server.description();
      out.println(
          server.isThere()
              ? "About three minutes on " + server.description() + ", and on the in-memory fake."
              : fakeAlone);
      Map<String, String> surroundings = Surroundings.of(server.description(), COMMAND);
      List<Standings> all = new ArrayList<>();
      if (server.isThere()) {
        all.add(rounds(Pace.within(75, 2_000, 400)).run(Contests.pull(Storage.FILE)));
        all.add(rounds(Pace.within(25, 500, 200)).run(Contests.singlePull(Storage.FILE)));
        all.add(rounds(Pace.within(25, 2_000, 400)).run(Contests.push(Storage.FILE)));
        all.add(rounds(Pace.within(10, 500, 200)).run(Contests.singlePush(Storage.FILE)));
        all.add(rounds(Pace.within(15, 500, 200)).run(Contests.latency(Storage.FILE)));
      }
      all.add(rounds(Pace.rounds(3, 1_500, 1_000)).run(Contests.fake(0L)));
      Report report = new Report(SECTION, surroundings, all);
      out.println();
      out.print(report.text());
      Results results =
          new Results(
              Files.isDirectory(TARGET)
                  ? TARGET.resolve("benchmark-results")
                  : Path.of("benchmark-results"));
      results.write(report);
      out.println("plots:   " + results.page());
      if (!server.isThere()) {
        out.println(fakeAlone);
      }
      return report.failed() ? 1 : 0;
    }
  }

  private Rounds rounds(Pace pace) {
    return new Rounds(pace, List.of(), out);
  }
}
