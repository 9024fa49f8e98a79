// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.faults;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs CI's chaos run with each planted fault of {@code conformance-tests/faults/chaos}. Such a
 * file names the faults of the chaos run that show it, in place of tests. The run must fail, also
 * if one of the named faults is the only one. Exits with 1 otherwise.
 */
final class PlantedFaults {

  private static final String CHAOS = "-Djetlane.chaos.";
  private static final int RED = 3;
  private static final String ALONE = "--alone";

  private final Path root;
  private final String classPath = System.getProperty("java.class.path");
  private final FaultRun subject;

  private PlantedFaults(Path root) {
    this.root = root;
    subject = new FaultRun(root, classPath);
  }

  /**
   * Runs the planted faults.
   *
   * @param args the root of the repository, {@code --alone} for runs with the named fault alone or
   *     not, and the ids of the faults; none for all
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path root = Path.of(args[0]).toAbsolutePath().normalize();
    PlantedFaults planted = new PlantedFaults(root);
    boolean good = true;
    List<String> ids = new ArrayList<>(Arrays.asList(args).subList(1, args.length));
    boolean alone = ids.remove(ALONE);
    for (Fault fault : Faults.in(root.resolve("conformance-tests/faults/chaos"))) {
      if (ids.isEmpty() || ids.contains(fault.id())) {
        good &= planted.isSeen(fault, alone);
      }
    }
    System.exit(good ? 0 : 1);
  }

  private boolean isSeen(Fault fault, boolean alone) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("jetlane-planted-");
    try {
      subject.compile(fault, folder);
      boolean seen = true;
      for (String chaos : alone ? fault.tests() : List.of("all faults")) {
        String result = run(fault, folder, alone ? "only=" + chaos : "without=");
        boolean red = result.startsWith("red");
        System.out.printf("%-6s %s by %s%n", red ? "SEEN" : "UNSEEN", fault.id(), chaos);
        System.out.printf("       %s%n", result);
        seen &= red;
      }
      return seen;
    } finally {
      FaultRun.delete(folder);
    }
  }

  /** Returns the colour of a run, and its problems. */
  private String run(Fault fault, Path first, String faults)
      throws IOException, InterruptedException {
    Path folder =
        Files.createDirectories(
            root.resolve("conformance-tests/target/planted").resolve(fault.id()));
    Path log = folder.resolve("log.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Djetlane.root=" + root,
                CHAOS + "profile=ci",
                CHAOS + "seed=1",
                CHAOS + faults,
                "-cp",
                first + File.pathSeparator + classPath,
                "dev.jetlane.chaos.SingleServerMain")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      int code = process.waitFor();
      String colour = code == RED ? "red: " : "broken: ";
      return code == 0 ? "green" : colour + problems(log);
    } finally {
      process.destroy();
    }
  }

  /** Returns the lines below the table of the report. */
  private static String problems(Path log) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(log)) {
      if (line.startsWith("|")) {
        lines.clear();
      } else if (!line.isBlank() && !line.startsWith("the history")) {
        lines.add(line);
      }
    }
    String text = String.join("; ", lines);
    return text.substring(0, Math.min(300, text.length()));
  }
}
