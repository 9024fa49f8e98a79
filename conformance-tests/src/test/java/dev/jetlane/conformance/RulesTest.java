// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** RULES.md and the properties agree. */
class RulesTest {

  private static final Pattern ROW =
      Pattern.compile("\\| ([A-Z]+-\\d+) \\| (.*?) \\| (.*?) \\| (.*?) \\| `(.*?)` \\|");
  private static final Pattern ID = Pattern.compile("\"([A-Z]+-\\d+)\"");

  @Test
  void everyRuleHasOnePropertyAndEveryPropertyARule() throws IOException {
    Map<String, String> documented = new TreeMap<>();
    for (Matcher row : rows()) {
      documented.put(row.group(1), row.group(2) + " / " + row.group(5));
    }
    Map<String, String> checked = new TreeMap<>();
    RuleIndex.properties()
        .forEach(
            (id, property) -> checked.put(id, RuleIndex.text(property) + " / " + name(property)));
    assertThat(checked).isEqualTo(documented);
    assertThat(documented).hasSizeGreaterThanOrEqualTo(60);
  }

  @Test
  void everyFamilyRunsOnTheServer() {
    assertThat(
            Stream.of(
                    NatsConformanceTest.class,
                    NatsLeaseConformanceTest.class,
                    NatsWorkConformanceTest.class,
                    NatsOperateConformanceTest.class,
                    NatsFaultConformanceTest.class,
                    NatsServerFaultConformanceTest.class)
                .flatMap(suite -> Stream.of(suite.getInterfaces())))
        .containsExactlyInAnyOrder(TaskQueueConformance.class.getInterfaces());
  }

  @Test
  void everyRuleHasAMustAReasonAndAPlace() throws IOException {
    assertThat(rows())
        .allSatisfy(
            row -> {
              assertThat(row.group(2)).contains("MUST");
              assertThat(row.group(3)).isNotBlank();
              assertThat(row.group(4)).isNotBlank();
            });
  }

  @Test
  void everyRuleOfTheOracleIsDocumented() throws IOException {
    TreeSet<String> used = new TreeSet<>();
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      for (Path source : sources.filter(p -> p.toString().endsWith(".java")).toList()) {
        ID.matcher(Files.readString(source)).results().forEach(id -> used.add(id.group(1)));
      }
    }
    assertThat(RuleIndex.properties().keySet()).containsAll(used);
  }

  @Test
  void everyFamilyHasAMutant() {
    TreeSet<String> families = new TreeSet<>();
    Mutants.all().forEach(mutant -> families.add(mutant.rule().replaceAll("-.*", "")));
    assertThat(families).hasSizeGreaterThanOrEqualTo(8);
  }

  private static String name(Method property) {
    return property.getDeclaringClass().getSimpleName() + "." + property.getName();
  }

  private static List<Matcher> rows() throws IOException {
    return Files.readAllLines(Path.of("RULES.md")).stream()
        .map(ROW::matcher)
        .filter(Matcher::matches)
        .toList();
  }
}
