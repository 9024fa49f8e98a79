package dev.jetlane.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.runner.RunnerException;

/**
 * The long run: as the {@link Tour}, on file and on memory storage, with a JVM of its own for every
 * rival of every round, and with the results in a folder, as a table and as JSON.
 */
final class FullRun {

  private static final Path RESULTS = Path.of("benchmarks", "results");
  private static final int ROUNDS = 9;

  private final Path folder;
  private final int rounds;
  private final PrintStream out;

  private FullRun(Path folder, int rounds, PrintStream out) {
    this.folder = folder;
    this.rounds = rounds;
    this.out = out;
  }

  /** {@code arguments} may hold the folder for the results, and then the number of rounds. */
  static FullRun of(List<String> arguments, PrintStream out) {
    Path folder = arguments.isEmpty() ? RESULTS : Path.of(arguments.get(0));
    int rounds = arguments.size() < 2 ? ROUNDS : Integer.parseInt(arguments.get(1));
    return new FullRun(folder, rounds, out);
  }

  /** Runs, prints and writes; returns the exit status. */
  int run() throws IOException, RunnerException {
    try (ServerUnderTest server = ServerUnderTest.find()) {
      if (!server.isThere()) {
        out.println("The full run needs a server: " + server.description());
        return 1;
      }
      Files.createDirectories(folder);
      Map<String, String> surroundings =
          Surroundings.of(server.description(), "java -jar benchmarks/target/benchmarks.jar full");
      out.print(Surroundings.lines(surroundings));
      List<Standings> all = contests(server);
      write(surroundings, all, FakeRun.table());
      return all.stream().allMatch(standings -> standings.failures().isEmpty()) ? 0 : 1;
    }
  }

  private List<Standings> contests(ServerUnderTest server) {
    Rounds fork =
        new Rounds(
            true,
            Duration.ofSeconds(3),
            Duration.ofSeconds(2),
            rounds,
            rounds,
            Duration.ZERO,
            List.of("-Xms1g", "-Xmx1g", server.jvmArgument()),
            out);
    List<Standings> all = new ArrayList<>();
    for (Storage storage : Storage.values()) {
      all.add(fork.run(Contests.pull(storage)));
      all.add(fork.run(Contests.singlePull(storage)));
      all.add(fork.run(Contests.push(storage)));
      all.add(fork.run(Contests.singlePush(storage)));
    }
    return all;
  }

  private void write(Map<String, String> surroundings, List<Standings> all, String fake)
      throws IOException {
    StringBuilder text = new StringBuilder();
    for (Standings standings : all) {
      text.append(Table.of(standings)).append('\n');
    }
    text.append(fake).append('\n').append(Surroundings.lines(surroundings));
    out.println();
    out.print(text);
    String name = "full-" + LocalDate.now(ZoneOffset.UTC);
    Files.writeString(folder.resolve(name + ".txt"), text);
    Files.writeString(folder.resolve(name + ".json"), Json.of(surroundings, all));
    out.println("Written to " + folder.resolve(name + ".json") + " and .txt.");
  }
}
