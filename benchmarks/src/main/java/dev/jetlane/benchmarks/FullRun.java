// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The long run, section by section, with results in a folder. After every contest the folder is
 * complete for the contests so far.
 *
 * @param results the folder of the results
 * @param rounds the number of rounds of every contest
 * @param sections the sections, in the order of the run
 * @param ownJvms whether each entry of each round has a JVM of its own, which takes several times
 *     as long
 * @param command the command line that started this run
 * @param out where the progress is printed
 */
record FullRun(
    Results results,
    int rounds,
    List<Section> sections,
    boolean ownJvms,
    String command,
    PrintStream out) {

  private static final Path RESULTS = Path.of("benchmarks", "results");
  private static final int ROUNDS = 9;
  private static final String OWN_JVMS = "own-jvms";

  /**
   * {@code [folder] [rounds] [sections] [own-jvms]}; the sections are separated by commas, and all
   * are run when none is named.
   */
  static FullRun of(List<String> arguments, PrintStream out) throws IOException {
    List<String> words = new ArrayList<>(arguments);
    boolean ownJvms = words.remove(OWN_JVMS);
    Path folder = words.isEmpty() ? RESULTS : Path.of(words.get(0));
    int rounds = words.size() < 2 ? ROUNDS : Integer.parseInt(words.get(1));
    List<Section> sections =
        words.size() < 3
            ? List.of(Section.values())
            : Stream.of(words.get(2).split(",", -1)).map(Section::of).toList();
    String command = Tour.COMMAND + " full " + String.join(" ", arguments);
    return new FullRun(new Results(folder), rounds, sections, ownJvms, command.strip(), out);
  }

  /** Runs, prints and writes; returns the exit status. */
  int run() throws IOException, InterruptedException {
    boolean failed = false;
    for (Section section : sections) {
      String generation = section.generation();
      String binary = generation.isEmpty() ? "" : binary(generation);
      if (!generation.isEmpty() && binary.isEmpty()) {
        out.println(
            section.label()
                + ": NOT RUN: nats-server "
                + generation
                + " is missing; run .ci/setup --all");
        failed = true;
        continue;
      }
      try (ServerUnderTest server =
              section == Section.CLUSTER
                  ? ServerUnderTest.cluster()
                  : ServerUnderTest.find(binary);
          Peers peers = section == Section.PEERS ? Peers.start(out) : Peers.none()) {
        if (!server.isThere() && section != Section.FAKE) {
          out.println("The full run needs a server: " + server.description());
          return 1;
        }
        Report report = run(section, server, peers);
        failed |= report.failed();
        out.println();
        out.println(report.text());
      }
    }
    out.println("Written to " + results.page() + " and beside it.");
    return failed ? 1 : 0;
  }

  private Report run(Section section, ServerUnderTest server, Peers peers) throws IOException {
    out.println("== " + section.label() + ": " + section.about());
    Map<String, String> surroundings =
        Surroundings.of(server.description() + peers.description(), command);
    Pace pace = ownJvms ? section.pace(rounds).inOwnJvms() : section.pace(rounds);
    List<String> jvmArguments = new ArrayList<>(List.of("-Xms1g", "-Xmx1g"));
    jvmArguments.addAll(server.jvmArguments());
    jvmArguments.addAll(peers.jvmArguments());
    List<Standings> done = new ArrayList<>();
    Report report = new Report(section.label(), surroundings, done);
    for (Contest contest : section.contests()) {
      done.add(new Rounds(pace, jvmArguments, out).run(contest));
      results.write(report);
    }
    return report;
  }

  /**
   * Returns the binary of a generation that {@code .ci/setup --all} unpacked; empty if there is
   * none.
   */
  private static String binary(String generation) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path binary = at.resolve(Path.of(".nats", generation, "nats-server"));
      if (Files.isExecutable(binary)) {
        return binary.toString();
      }
    }
    return "";
  }
}
