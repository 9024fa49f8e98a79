// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.faults;

import io.nats.client.Connection;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Compiles the one source file of a fault into a folder, and runs its tests with this folder first
 * on the class path. The tests run in this JVM, which has loaded JUnit and the libraries; Jetlane's
 * classes are loaded for this run alone. The tree is not changed.
 */
final class FaultRun {

  /** The result of a fault. */
  enum Outcome {
    KILLED,
    SURVIVED,
    /**
     * The fault cannot be judged: it does not apply, does not compile, or its tests do not exist.
     */
    BROKEN
  }

  record Result(Outcome outcome, String detail) {}

  /** Jetlane and jnats, which loads the data port, a class of Jetlane, by its name. */
  private static final List<String> ANEW = List.of("dev.jetlane.", "io.nats.client.");

  private final Path root;
  private final String classPath;

  FaultRun(Path root, String classPath) {
    this.root = root;
    this.classPath = classPath;
  }

  Result of(Fault fault) throws IOException {
    Path folder = Files.createTempDirectory("jetlane-fault-");
    try {
      compile(fault, folder);
      return test(fault.tests(), List.of(folder));
    } catch (IllegalArgumentException | IOException e) {
      return new Result(Outcome.BROKEN, String.valueOf(e.getMessage()));
    } finally {
      delete(folder);
    }
  }

  /** Whether these tests pass without the fault; otherwise their failure proves nothing. */
  Result withoutFault(List<String> tests) throws IOException {
    return test(tests, List.of());
  }

  void compile(Fault fault, Path folder) throws IOException {
    Path broken = folder.resolve(String.valueOf(source(fault.file()).getFileName()));
    Files.writeString(broken, broken(fault));
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

  /** The source file with the fault. */
  String broken(Fault fault) throws IOException {
    return fault.in(Files.readString(source(fault.file())));
  }

  /** Finds the source by the end of its path, so that a class may move to another package. */
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

  private Result test(List<String> tests, List<Path> first) throws IOException {
    List<String> names = new ArrayList<>();
    for (String test : tests) {
      names.add(ChosenTests.nameOf(test, root));
    }
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (Anew classes = new Anew(urls(first))) {
      thread.setContextClassLoader(classes);
      String came = run(classes, names);
      if (came.startsWith(ChosenTests.FAILED)) {
        return new Result(Outcome.KILLED, came.substring(ChosenTests.FAILED.length()));
      }
      return came.equals(ChosenTests.PASSED + 0)
          ? new Result(Outcome.BROKEN, "no test ran")
          : new Result(Outcome.SURVIVED, came);
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @SuppressWarnings("unchecked") // ChosenTests of another class loader.
  private static String run(ClassLoader classes, List<String> tests) {
    try {
      Constructor<?> constructor =
          classes.loadClass(ChosenTests.class.getName()).getDeclaredConstructor();
      constructor.setAccessible(true);
      return ((Function<List<String>, String>) constructor.newInstance()).apply(tests);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private URL[] urls(List<Path> first) throws IOException {
    List<URL> urls = new ArrayList<>();
    for (Path path : first) {
      urls.add(path.toUri().toURL());
    }
    for (String entry : classPath.split(File.pathSeparator, -1)) {
      if (!entry.isEmpty() && Files.isDirectory(Path.of(entry))) {
        urls.add(Path.of(entry).toUri().toURL());
      }
    }
    urls.add(Connection.class.getProtectionDomain().getCodeSource().getLocation());
    return urls.toArray(URL[]::new);
  }

  /**
   * Loads the classes of {@link #ANEW} itself, and takes all others from where this class is from.
   */
  private static final class Anew extends URLClassLoader {

    Anew(URL[] urls) {
      super(urls, FaultRun.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (ANEW.stream().noneMatch(name::startsWith)) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? findClass(name) : loaded;
      }
    }
  }

  static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
