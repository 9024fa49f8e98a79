// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every Java snippet of the documentation, in a {@code .md} file or in Javadoc, stands line by line
 * in a source file that this build compiles and runs. Only indentation and empty lines may differ;
 * a line of three dots stands for omitted lines. Every dependency that the documentation shows is a
 * module of this build, with its version.
 */
class SnippetsTest {

  private static final Pattern PUBLISHED =
      Pattern.compile("(api|inmemory-fake|nats-adapter|conformance-tests)/src/main/java/.*");

  private static final Pattern JAVADOC =
      Pattern.compile("<pre>\\{@code\n(.*?)\n\\s*\\* \\}</pre>", Pattern.DOTALL);

  private static final Pattern DEPENDENCY =
      Pattern.compile(
          "<groupId>dev\\.jetlane</groupId>\\s*<artifactId>([^<]+)</artifactId>"
              + "\\s*<version>([^<]+)</version>");

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

  /** A search without results proves nothing. */
  @Test
  void thereAreSnippets() throws IOException {
    assertThat(snippets().keySet())
        .anyMatch(place -> place.startsWith("README.md"))
        .anyMatch(place -> place.startsWith("inmemory-fake/README.md"))
        .anyMatch(place -> place.startsWith("conformance-tests/README.md"))
        .anyMatch(place -> place.startsWith("api/src/main/java/"))
        .anyMatch(place -> place.endsWith("package-info.java:1"));
  }

  /** The dependencies that newcomers copy into their pom. */
  @TestFactory
  Stream<DynamicTest> everyDependencyIsOfThisBuild() throws IOException {
    String parent = Files.readString(Repository.ROOT.resolve("pom.xml"));
    String published = Files.readString(Repository.ROOT.resolve("api/bom/pom.xml"));
    List<DynamicTest> tests = new ArrayList<>();
    for (Path document : Repository.files(".md")) {
      Matcher shown = DEPENDENCY.matcher(Files.readString(document));
      while (shown.find()) {
        String artifact = shown.group(1);
        String version = shown.group(2);
        tests.add(
            DynamicTest.dynamicTest(
                Repository.path(document) + ": " + artifact,
                () -> {
                  assertThat(published).contains("<artifactId>" + artifact + "</artifactId>");
                  assertThat(parent).contains("<version>" + version + "</version>");
                }));
      }
    }
    assertThat(tests).hasSizeGreaterThan(3);
    return tests.stream();
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
    for (Path source : Repository.files(".java")) {
      String path = Repository.path(source);
      if (PUBLISHED.matcher(path).matches()) {
        addJavadoc(source, snippets);
      }
    }
    return snippets;
  }

  private static void addJavadoc(Path source, Map<String, String> snippets) throws IOException {
    int count = 0;
    Matcher comment = JAVADOC.matcher(Files.readString(source));
    while (comment.find()) {
      count++;
      List<String> part = new ArrayList<>();
      for (String line : comment.group(1).split("\n", -1)) {
        String code = line.replaceFirst("^\\s*\\* ?", "");
        if (code.strip().equals("...")) {
          snippets.put(place(source, count * 10), joined(part));
          part.clear();
        } else {
          part.add(code);
        }
      }
      snippets.put(place(source, count - 1), joined(part));
    }
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
