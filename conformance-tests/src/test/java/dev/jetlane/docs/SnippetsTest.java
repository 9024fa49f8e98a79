package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every Java snippet of the documentation stands, line by line, in a source file that this build
 * compiles and runs. Only indentation and empty lines may differ; a line of three dots stands for
 * something between two parts.
 */
class SnippetsTest {

  @TestFactory
  Stream<DynamicTest> everySnippetIsCompiled() throws IOException {
    List<String> sources = new ArrayList<>();
    for (Path source : Repository.files(".java")) {
      String path = Repository.path(source);
      if (path.contains("/src/test/") || path.contains("/src/it/")) {
        sources.add(joined(Files.readAllLines(source)));
      }
    }
    Map<String, String> snippets = snippets();
    return snippets.entrySet().stream()
        .map(
            snippet ->
                DynamicTest.dynamicTest(
                    snippet.getKey(),
                    () ->
                        assertThat(sources.stream().anyMatch(s -> s.contains(snippet.getValue())))
                            .as("a compiled source with these lines:%n%s", snippet.getValue())
                            .isTrue()));
  }

  /** A search that finds nothing proves nothing. */
  @Test
  void thereAreSnippets() throws IOException {
    assertThat(snippets().keySet())
        .anyMatch(place -> place.startsWith("README.md"))
        .anyMatch(place -> place.startsWith("inmemory-fake/README.md"))
        .anyMatch(place -> place.startsWith("conformance-tests/README.md"));
  }

  private static Map<String, String> snippets() throws IOException {
    Map<String, String> snippets = new TreeMap<>();
    for (Path document : Repository.files(".md")) {
      List<String> lines = Files.readAllLines(document);
      for (int i = 0; i < lines.size(); i++) {
        if (lines.get(i).strip().equals("```java")) {
          int first = ++i;
          for (; !lines.get(i).strip().equals("```"); i++) {
            if (lines.get(i).strip().equals("...")) {
              snippets.put(place(document, first), joined(lines.subList(first, i)));
              first = i + 1;
            }
          }
          snippets.put(place(document, first), joined(lines.subList(first, i)));
        }
      }
    }
    return snippets;
  }

  private static String place(Path document, int line) {
    return Repository.path(document) + ":" + (line + 1);
  }

  private static String joined(List<String> lines) {
    StringBuilder joined = new StringBuilder("\n");
    for (String line : lines) {
      if (!line.isBlank()) {
        joined.append(line.strip()).append('\n');
      }
    }
    return joined.toString();
  }
}
