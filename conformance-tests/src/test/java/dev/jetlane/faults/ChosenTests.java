// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.faults;

import dev.jetlane.conformance.Shrinking;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.ClassSelector;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs test classes or single methods, and reports the first failure.
 *
 * <p>Loaded again for each fault, together with the tested classes, so it is called as a function
 * of the JDK.
 */
final class ChosenTests implements Function<List<String>, String>, TestExecutionListener {

  static final String PASSED = "passed ";
  static final String FAILED = "failed ";

  static final List<String> MODULES =
      List.of("api", "inmemory-fake", "nats-adapter", "conformance-tests");

  private int passed;
  private @Nullable String failed;

  /** For the class loader of a fault. */
  ChosenTests() {}

  /**
   * The full name of a class, or of a method as {@code Class#method}, given by its simple name, or
   * by the end of its path as {@code folder/Class} if two classes have the same name.
   */
  static String nameOf(String test, Path root) throws IOException {
    String simple = test.split("#", 2)[0];
    List<String> found = new ArrayList<>();
    for (String module : MODULES) {
      Path sources = root.resolve(module).resolve("src/test/java");
      try (Stream<Path> files = Files.walk(sources)) {
        files
            .filter(path -> path.endsWith(simple + ".java"))
            .map(path -> sources.relativize(path).toString())
            .forEach(path -> found.add(path.replace(".java", "").replace('/', '.')));
      }
    }
    if (found.size() != 1) {
      throw new IllegalArgumentException(
          found.isEmpty() ? "there is no test " + simple : simple + " is not unique: " + found);
    }
    return found.get(0) + test.substring(simple.length());
  }

  /**
   * Runs tests.
   *
   * @param tests full names of classes, or of methods as {@code Class#method}
   * @return {@link #PASSED} and the number, or {@link #FAILED} and the failure
   */
  @Override
  public String apply(List<String> tests) {
    Map<String, Set<String>> methods = new LinkedHashMap<>();
    for (String test : tests) {
      String[] parts = test.split("#", 2);
      Set<String> names = methods.computeIfAbsent(parts[0], name -> new HashSet<>());
      if (parts.length > 1) {
        names.add(parts[1]);
      }
    }
    PostDiscoveryFilter chosen = test -> FilterResult.includedIf(isChosen(test, methods));
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(methods.keySet().stream().map(ChosenTests::selected).toList())
            .filters(chosen)
            .configurationParameter("junit.jupiter.execution.timeout.default", "60 s")
            .configurationParameter("jqwik.database", "target/jqwik-database-of-faults")
            .configurationParameter("jqwik.shrinking.bounded.seconds", "1")
            .configurationParameter("jqwik.reporting.usejunitplatform", "true")
            .configurationParameter("jqwik.reporting.onlyfailures", "true")
            .build();
    LauncherFactory.create().execute(request, this);
    Shrinking.awaitEnd(); // The next fault may run the same rule.
    return failed == null ? PASSED + passed : FAILED + failed;
  }

  private static ClassSelector selected(String name) {
    try {
      return DiscoverySelectors.selectClass(
          Class.forName(name, false, ChosenTests.class.getClassLoader()));
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException("there is no class " + name, e);
    }
  }

  private static boolean isChosen(TestDescriptor test, Map<String, Set<String>> methods) {
    List<String> names = new ArrayList<>();
    String type = null;
    for (TestDescriptor at = test; at != null; at = parent(at)) {
      if (at.getSource().orElse(null) instanceof MethodSource method) {
        names.add(method.getMethodName());
        type = type == null ? owner(at) : type;
      }
    }
    Set<String> wanted = methods.getOrDefault(String.valueOf(type), Set.of());
    return names.isEmpty() || wanted.isEmpty() || names.stream().anyMatch(wanted::contains);
  }

  /** The class to run, which may inherit the method. */
  private static @Nullable String owner(TestDescriptor test) {
    for (TestDescriptor at = test; at != null; at = parent(at)) {
      if (at.getSource().orElse(null) instanceof ClassSource source) {
        return source.getClassName();
      }
    }
    return null;
  }

  private static @Nullable TestDescriptor parent(TestDescriptor test) {
    return test.getParent().orElse(null);
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (result.getStatus() == TestExecutionResult.Status.FAILED) {
      String why = result.getThrowable().map(Throwable::toString).orElse("failed");
      failed = failed == null ? nameOf(test) + ": " + firstLines(why) : failed;
    } else if (test.isTest() && result.getStatus() == TestExecutionResult.Status.SUCCESSFUL) {
      passed++;
    }
  }

  /** Describes a rule by its sentence, and a test by its class and method. */
  private static String nameOf(TestIdentifier test) {
    boolean rule = test.getDisplayName().matches("[A-Z]+-\\d+ .*");
    return !rule && test.getSource().orElse(null) instanceof MethodSource method
        ? method.getJavaClass().getSimpleName() + "#" + method.getMethodName()
        : test.getDisplayName();
  }

  private static String firstLines(String text) {
    String one = text.strip().replaceAll("\\s+", " ");
    return one.substring(0, Math.min(160, one.length()));
  }
}
