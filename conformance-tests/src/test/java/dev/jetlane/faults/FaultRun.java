package dev.jetlane.faults;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Compiles the one source file of a fault into a folder that comes first on the class path, and
 * runs its tests in a JVM of their own. The tree stays as it is.
 */
final class FaultRun {

  /** What became of a fault. */
  enum Outcome {
    KILLED,
    SURVIVED,
    /** It cannot be judged: it does not apply, does not compile, or its tests do not exist. */
    BROKEN
  }

  record Result(Outcome outcome, String detail) {}

  private static final long LIMIT_MINUTES = 5;
  private static final long LIMIT_OF_ALL_MINUTES = 60;

  private final Path root;
  private final String classPath;

  FaultRun(Path root, String classPath) {
    this.root = root;
    this.classPath = classPath;
  }

  Result of(Fault fault) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("jetlane-fault-");
    try {
      compile(fault, folder);
      String path = folder + System.getProperty("path.separator") + classPath;
      return test(fault.tests(), path, LIMIT_MINUTES);
    } catch (IllegalArgumentException | IOException e) {
      return new Result(Outcome.BROKEN, String.valueOf(e.getMessage()));
    } finally {
      delete(folder);
    }
  }

  /** Whether these tests pass as the tree is: otherwise their failing says nothing. */
  Result withoutFault(List<String> tests) throws IOException, InterruptedException {
    return test(tests, classPath, LIMIT_OF_ALL_MINUTES);
  }

  private void compile(Fault fault, Path folder) throws IOException {
    Path original = source(fault.file());
    Path broken = folder.resolve(String.valueOf(original.getFileName()));
    Files.writeString(broken, fault.in(Files.readString(original)));
    List<String> options = new ArrayList<>(List.of("-proc:none", "-nowarn", "-parameters", "-g"));
    options.addAll(List.of("--release", "17", "-cp", classPath, "-d", folder.toString()));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      var task =
          compiler.getTask(said, files, null, options, null, files.getJavaFileObjects(broken));
      if (!task.call()) {
        throw new IllegalArgumentException("does not compile: " + said);
      }
    }
  }

  /** Given by the end of its path, so that a class may be moved to another package. */
  private Path source(String end) throws IOException {
    List<Path> found = new ArrayList<>();
    for (String module : ChosenTests.MODULES) {
      try (Stream<Path> files = Files.walk(root.resolve(module).resolve("src/main/java"))) {
        files.filter(path -> path.endsWith(end)).forEach(found::add);
      }
    }
    if (found.size() != 1) {
      throw new IllegalArgumentException("does not apply: " + found.size() + " files are " + end);
    }
    return found.get(0);
  }

  private Result test(List<String> tests, String path, long minutes)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Djetlane.root=" + root,
                "-Djetlane.conformance.limit=60",
                "-Djava.util.logging.config.file=" + root.resolve(".mvn/test-logging.properties"),
                "-cp",
                path,
                ChosenTests.class.getName()));
    for (String test : tests) {
      command.add(ChosenTests.nameOf(test, root));
    }
    Path module = root.resolve("conformance-tests");
    Files.createDirectories(module.resolve("target"));
    Path output = Files.createTempFile("jetlane-fault-", ".log");
    Process process =
        new ProcessBuilder(command)
            .directory(module.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      if (!process.waitFor(minutes, TimeUnit.MINUTES)) {
        return new Result(Outcome.KILLED, "its tests do not end");
      }
      String last = last(output);
      return switch (process.exitValue()) {
        case ChosenTests.PASSED -> new Result(Outcome.SURVIVED, last);
        case ChosenTests.FAILED -> new Result(Outcome.KILLED, last);
        default ->
            new Result(Outcome.BROKEN, Files.readString(output, StandardCharsets.ISO_8859_1));
      };
    } finally {
      process.destroyForcibly();
      Files.delete(output);
    }
  }

  private static String last(Path output) throws IOException {
    List<String> lines = Files.readAllLines(output, StandardCharsets.ISO_8859_1);
    return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
