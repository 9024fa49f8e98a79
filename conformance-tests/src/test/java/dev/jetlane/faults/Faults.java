package dev.jetlane.faults;

import dev.jetlane.faults.FaultRun.Outcome;
import dev.jetlane.faults.FaultRun.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Says of each fault whether its tests see it. Ends with 1 if one survives or cannot be judged. */
final class Faults {

  private Faults() {}

  /**
   * @param args the root of the repository, then the ids of the faults; none for all
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path root = Path.of(args[0]).toAbsolutePath().normalize();
    List<Fault> faults = chosen(root, Arrays.asList(args).subList(1, args.length));
    FaultRun run = new FaultRun(root, System.getProperty("java.class.path"));
    Set<String> tests = new TreeSet<>();
    faults.forEach(fault -> tests.addAll(fault.tests()));
    Result before = run.withoutFault(List.copyOf(tests));
    if (before.outcome() != Outcome.SURVIVED) {
      System.out.println("The tests do not pass without any fault: " + before.detail());
      System.exit(1);
    }
    List<String> bad = new ArrayList<>();
    for (Fault fault : faults) {
      long began = System.nanoTime();
      Result result = run.of(fault);
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
      System.out.printf(
          "%-9s %-32s %3d s  %s%n", result.outcome(), fault.id(), seconds, result.detail());
      if (result.outcome() != Outcome.KILLED) {
        System.out.println("          " + fault.effect());
        bad.add(fault.id());
      }
    }
    System.out.printf("%d of %d faults killed%n", faults.size() - bad.size(), faults.size());
    System.exit(bad.isEmpty() ? 0 : 1);
  }

  private static List<Fault> chosen(Path root, List<String> ids) throws IOException {
    Path folder = root.resolve("conformance-tests/faults");
    List<Path> files = new ArrayList<>();
    if (ids.isEmpty()) {
      try (Stream<Path> all = Files.list(folder)) {
        all.filter(path -> path.toString().endsWith(Fault.ENDING)).sorted().forEach(files::add);
      }
    }
    ids.forEach(id -> files.add(folder.resolve(id + Fault.ENDING)));
    List<Fault> faults = new ArrayList<>();
    for (Path file : files) {
      faults.add(Fault.read(file));
    }
    return faults;
  }
}
