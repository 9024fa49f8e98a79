// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The proofs that PEERS.md names for its features exist. */
class PeersTest {

  private static final Pattern NAMED = Pattern.compile("`([^`]+)`");
  private static final Pattern RULE = Pattern.compile("[A-Z]+-\\d+");
  private static final Pattern TEST = Pattern.compile("(\\w+Test)(?:\\.(\\w+))?");

  @TestFactory
  Stream<DynamicTest> everyProofIsThere() throws IOException {
    Set<String> rules = rules();
    Map<String, String> tests = tests();
    return table().stream()
        .flatMap(row -> NAMED.matcher(row.get(2)).results())
        .map(found -> found.group(1))
        .filter(name -> RULE.matcher(name).matches() || TEST.matcher(name).matches())
        .distinct()
        .map(name -> DynamicTest.dynamicTest(name, () -> check(name, rules, tests)));
  }

  @Test
  void everyYesHasAProof() throws IOException {
    List<List<String>> table = table();
    assertThat(table).hasSizeGreaterThan(35);
    for (List<String> row : table) {
      if (row.get(1).startsWith("Y")) {
        assertThat(row.get(2)).as(row.get(0)).containsPattern("`([A-Z]+-\\d+|\\w+Test(\\.\\w+)?)`");
      }
    }
  }

  private static void check(String name, Set<String> rules, Map<String, String> tests) {
    Matcher test = TEST.matcher(name);
    if (!test.matches()) {
      assertThat(rules).contains(name);
      return;
    }
    assertThat(tests).containsKey(test.group(1));
    if (test.group(2) != null) {
      assertThat(tests.get(test.group(1))).contains(" " + test.group(2) + "(");
    }
  }

  private static List<List<String>> table() throws IOException {
    List<List<String>> rows = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("PEERS.md"))) {
      if (line.startsWith("| ") && !line.startsWith("| feature") && !line.startsWith("| ---")) {
        rows.add(Stream.of(line.substring(1).split("\\|", -1)).map(String::strip).toList());
      }
    }
    return rows;
  }

  private static Set<String> rules() throws IOException {
    Set<String> rules = new TreeSet<>();
    for (String line : Files.readAllLines(Path.of("RULES.md"))) {
      Matcher row = Pattern.compile("\\| ([A-Z]+-\\d+) \\|.*").matcher(line);
      if (row.matches()) {
        rules.add(row.group(1));
      }
    }
    return rules;
  }

  /** The sources of all tests by the name of the class; of those with one name, together. */
  private static Map<String, String> tests() throws IOException {
    Map<String, String> tests = new HashMap<>();
    for (Path file : Repository.files("Test.java")) {
      String name = String.valueOf(file.getFileName()).replace(".java", "");
      tests.merge(name, Files.readString(file), String::concat);
    }
    return tests;
  }
}
