// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Javadoc of every exported package is complete: every parameter, result and exception. */
class JavadocTest {

  private static final List<String> MODULES = List.of("api", "inmemory-fake", "nats-adapter");
  private static final Pattern EXPORTS = Pattern.compile("exports ([a-z.]+);");

  @Test
  void exportedPackagesAreComplete(@TempDir Path out) throws IOException {
    List<Path> sources = new ArrayList<>();
    for (String module : MODULES) {
      Path root = Repository.ROOT.resolve(module).resolve("src/main/java");
      String names = Files.readString(root.resolve("module-info.java"));
      for (MatchResult export : EXPORTS.matcher(names).results().toList()) {
        sources.addAll(sourcesIn(root.resolve(export.group(1).replace('.', '/'))));
      }
    }
    // The types that the author of a queue implements to run the kit.
    sources.addAll(
        sourcesIn(
            Repository.ROOT.resolve(
                "conformance-tests/src/main/java/dev/jetlane/conformance/harness")));
    assertThat(sources).hasSizeGreaterThan(120);
    assertThat(gaps(sources, out)).isEmpty();
  }

  private static List<Path> sourcesIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    }
  }

  /** A check without findings proves nothing. */
  @Test
  void findsAGap(@TempDir Path out) throws IOException {
    Path source = Files.createDirectories(out.resolve("dev/jetlane")).resolve("Gap.java");
    Files.writeString(
        source,
        "package dev.jetlane;\n/** A gap. */\npublic interface Gap {\n  /** Half. */\n  int half(int of);\n}\n");
    assertThat(gaps(List.of(source), out)).hasSize(2);
  }

  private static List<String> gaps(List<Path> sources, Path out) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    List<String> options =
        List.of(
            "-Xdoclint:all/protected",
            "-Xdoclint/package:dev.jetlane,dev.jetlane.*",
            "-Xmaxwarns",
            "1000",
            "-proc:none",
            "-d",
            out.toString(),
            "-cp",
            System.getProperty("java.class.path") + File.pathSeparator + out);
    try (StandardJavaFileManager manager =
        compiler.getStandardFileManager(found, null, StandardCharsets.UTF_8)) {
      var unused =
          compiler
              .getTask(
                  null, manager, found, options, null, manager.getJavaFileObjectsFromPaths(sources))
              .call();
    }
    return found.getDiagnostics().stream()
        .filter(diagnostic -> diagnostic.getSource() != null)
        .map(
            diagnostic ->
                diagnostic.getSource().getName()
                    + ":"
                    + diagnostic.getLineNumber()
                    + ": "
                    + diagnostic.getMessage(null))
        .toList();
  }
}
