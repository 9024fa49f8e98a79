package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Javadoc of the user's contract is complete: every parameter and every result. */
class JavadocTest {

  private static final String CONTRACT = "api/src/main/java/dev/jetlane";

  @Test
  void theContractIsComplete(@TempDir Path out) throws IOException {
    List<Path> sources;
    try (Stream<Path> files = Files.list(Repository.ROOT.resolve(CONTRACT))) {
      sources = files.filter(file -> file.toString().endsWith(".java")).toList();
    }
    assertThat(sources).hasSizeGreaterThan(30);
    assertThat(gaps(sources, out)).isEmpty();
  }

  /** A check that finds nothing proves nothing. */
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
            "-Xdoclint/package:dev.jetlane",
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
