// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.faults;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Runs jcstress on today's code, which must pass, and on each planted race of {@code
 * conformance-tests/faults/races}, which must fail. Exits with 1 otherwise.
 */
final class Races {

  /** The last of these lines sums up the run. */
  private static final Pattern RESULTS =
      Pattern.compile(
          "\\(Results: (\\d+) planned; (\\d+) passed, (\\d+) failed, (\\d+) soft errs, (\\d+) hard"
              + " errs\\)");

  /**
   * Few and short runs of each test, in few compilations: about half a minute on two cores. A batch
   * has few objects, because the heap of a run (256 MB) does not hold a thousand queues.
   */
  private static final List<String> SHORT =
      List.of(
          "-c",
          "2",
          "-f",
          "1",
          "-fsm",
          "1",
          "-time",
          "300",
          "-iters",
          "3",
          "-sc",
          "false",
          "-strideCount",
          "4");

  private record Result(int planned, int passed, int failed) {}

  private final Path root;
  private final String classPath = System.getProperty("java.class.path");

  private Races(Path root) {
    this.root = root;
  }

  /**
   * Runs the races.
   *
   * @param args the root of the repository
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    System.exit(new Races(Path.of(args[0]).toAbsolutePath().normalize()).run() ? 0 : 1);
  }

  private boolean run() throws IOException, InterruptedException {
    Result today = stress("today", List.of(), ".*Race");
    boolean good = today.planned > 0 && today.passed == today.planned;
    System.out.printf("%-8s today's code: %s%n", good ? "HOLDS" : "BROKEN", today);
    FaultRun faults = new FaultRun(root, classPath);
    for (Fault planted : planted()) {
      Path folder = Files.createTempDirectory("jetlane-race-");
      try {
        faults.compile(planted, folder);
        Result result = stress(planted.id(), List.of(folder), planted.tests().get(0));
        boolean found = result.failed > 0;
        good &= found;
        System.out.printf("%-8s %s: %s%n", found ? "FOUND" : "MISSED", planted.id(), result);
      } finally {
        FaultRun.delete(folder);
      }
    }
    return good;
  }

  private List<Fault> planted() throws IOException {
    List<Fault> planted = new ArrayList<>();
    try (Stream<Path> files = Files.list(root.resolve("conformance-tests/faults/races"))) {
      for (Path file : files.sorted().toList()) {
        planted.add(Fault.read(file));
      }
    }
    return planted;
  }

  private Result stress(String name, List<Path> first, String tests)
      throws IOException, InterruptedException {
    Path folder = root.resolve("conformance-tests/target/races").resolve(name);
    Files.createDirectories(folder);
    StringBuilder path = new StringBuilder();
    first.forEach(each -> path.append(each).append(File.pathSeparator));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", path + classPath, "org.openjdk.jcstress.Main"));
    command.addAll(List.of("-t", tests, "-r", folder.resolve("results").toString()));
    command.addAll(SHORT);
    Path log = folder.resolve("log.txt");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      int unused = process.waitFor();
    } finally {
      process.destroy();
    }
    Matcher lines = RESULTS.matcher(Files.readString(log, StandardCharsets.UTF_8));
    Result last = new Result(0, 0, 0);
    while (lines.find()) {
      last = new Result(number(lines, 1), number(lines, 2), number(lines, 3));
    }
    return last;
  }

  private static int number(Matcher line, int group) {
    return Integer.parseInt(line.group(group));
  }
}
