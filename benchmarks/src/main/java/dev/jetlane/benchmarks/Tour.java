package dev.jetlane.benchmarks;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.runner.RunnerException;

/**
 * The three-minute tour: every way to do the work beside its twins, with ratios that can be trusted
 * although the machine does other things as well.
 *
 * <p>All rivals live in this one JVM, which JMH advises against: they share what the JIT compiler
 * learned. Here that is the smaller evil. A JVM each would cost about four seconds per rival and
 * round, three of them to warm up, so that three minutes would pay for four rounds; in one JVM they
 * pay for nine. The rivals are limited by the server and by system calls, about 6,000 ns per task,
 * of which a call site that has become megamorphic is a few; what they share is jnats itself, their
 * own loops are separate classes. {@code full} gives each rival of each round its own JVM, and is
 * there to check this. The fake has no server to hide behind and is measured in its own JVM here,
 * too.
 */
final class Tour {

  private static final String COMMAND = "java -jar benchmarks/target/benchmarks.jar";

  private final PrintStream out;

  Tour(PrintStream out) {
    this.out = out;
  }

  /** Runs and prints; returns the exit status. */
  int run() throws RunnerException {
    try (ServerUnderTest server = ServerUnderTest.find()) {
      String fakeAlone = "NO SERVER, the in-memory fake alone: " + server.description();
      out.println(
          server.isThere()
              ? "About three minutes on " + server.description() + " and on the in-memory fake."
              : fakeAlone);
      String surroundings = Surroundings.lines(Surroundings.of(server.description(), COMMAND));
      out.println("In-memory fake ...");
      String fake = FakeRun.table();
      StringBuilder report = new StringBuilder();
      boolean failed = false;
      if (server.isThere()) {
        for (Standings standings : contests()) {
          report.append(Table.of(standings)).append('\n');
          failed |= !standings.failures().isEmpty();
        }
      }
      out.println();
      out.print(report);
      out.println(fake);
      out.print(surroundings);
      if (!server.isThere()) {
        out.println(fakeAlone);
      }
      return failed ? 1 : 0;
    }
  }

  private List<Standings> contests() {
    List<Standings> all = new ArrayList<>();
    all.add(rounds(2_000, 500, 85).run(Contests.pull(Storage.FILE)));
    all.add(rounds(500, 200, 35).run(Contests.singlePull(Storage.FILE)));
    all.add(rounds(2_000, 400, 30).run(Contests.push(Storage.FILE)));
    all.add(rounds(500, 200, 10).run(Contests.singlePush(Storage.FILE)));
    return all;
  }

  private Rounds rounds(long warmupMillis, long measuredMillis, long budgetSeconds) {
    return new Rounds(
        false,
        Duration.ofMillis(warmupMillis),
        Duration.ofMillis(measuredMillis),
        3,
        9,
        Duration.ofSeconds(budgetSeconds),
        List.of(),
        out);
  }
}
