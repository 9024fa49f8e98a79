// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.faults;

import dev.jetlane.faults.FaultRun.Outcome;
import dev.jetlane.faults.FaultRun.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Reports for each fault whether its tests notice it. Exits with 1 if one survives or cannot be
 * judged.
 */
final class Faults {

  /**
   * The tests of a fault have limits of their own; this limit covers tests that ignore interrupts.
   */
  private static final long LIMIT_SECONDS = 150;

  private final FaultRun run;
  private final FaultTable table;
  private final Map<List<String>, Result> without = new HashMap<>();
  private final List<String> bad = new ArrayList<>();
  private int tried;

  private Faults(FaultRun run, FaultTable table) {
    this.run = run;
    this.table = table;
  }

  /**
   * Judges faults.
   *
   * @param args the root of the repository, then the ids of the faults; none for all
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path root = Path.of(args[0]).toAbsolutePath().normalize();
    List<Fault> faults = chosen(root, Arrays.asList(args).subList(1, args.length));
    FaultRun run = new FaultRun(root, System.getProperty("java.class.path"));
    Faults all = new Faults(run, FaultTable.read(root));
    for (Fault fault : faults) {
      all.attempt(fault);
    }
    System.exit(all.end());
  }

  private void attempt(Fault fault) throws IOException, InterruptedException {
    long began = System.nanoTime();
    Result result = within(() -> run.of(fault));
    if (result.outcome() == Outcome.KILLED) {
      Result before = withoutFault(fault.tests());
      if (before.outcome() != Outcome.SURVIVED) {
        result = new Result(Outcome.BROKEN, "without it, too: " + before.detail());
      }
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    System.out.printf(
        "%-9s %-40s %5d ms  %s%n", result.outcome(), fault.id(), millis, result.detail());
    tried++;
    table.put(fault, result);
    table.write();
    if (result.outcome() != Outcome.KILLED) {
      System.out.println("          " + fault.effect());
      bad.add(fault.id());
    }
  }

  /** The result of these tests without a fault: once for all faults with the same tests. */
  private Result withoutFault(List<String> tests) throws InterruptedException {
    Result known = without.get(tests);
    if (known == null) {
      known = within(() -> run.withoutFault(tests));
      without.put(tests, known);
    }
    return known;
  }

  private static Result within(Callable<Result> trial) throws InterruptedException {
    FutureTask<Result> task = new FutureTask<>(trial);
    Thread thread = new Thread(task, "faults");
    thread.setDaemon(true);
    thread.start();
    try {
      return task.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      thread.interrupt();
      return new Result(Outcome.KILLED, "its tests do not end");
    } catch (ExecutionException e) {
      return new Result(Outcome.BROKEN, String.valueOf(e.getCause()));
    }
  }

  private int end() {
    System.out.printf("%d of %d faults killed%n", tried - bad.size(), tried);
    return bad.isEmpty() ? 0 : 1;
  }

  /** All faults of the repository, by their ids. */
  static List<Fault> all(Path root) throws IOException {
    return chosen(root, List.of());
  }

  private static List<Fault> chosen(Path root, List<String> ids) throws IOException {
    Path folder = root.resolve("conformance-tests/faults");
    if (ids.isEmpty()) {
      return in(folder);
    }
    List<Fault> faults = new ArrayList<>();
    for (String id : ids) {
      faults.add(Fault.read(folder.resolve(id + Fault.ENDING)));
    }
    return faults;
  }

  /** The faults of a folder, by their ids. */
  static List<Fault> in(Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.list(folder)) {
      all.filter(path -> path.toString().endsWith(Fault.ENDING)).sorted().forEach(files::add);
    }
    List<Fault> faults = new ArrayList<>();
    for (Path file : files) {
      faults.add(Fault.read(file));
    }
    return faults;
  }
}
