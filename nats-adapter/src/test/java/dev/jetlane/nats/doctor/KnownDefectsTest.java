// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.jetlane.nats.doctor.Examination.Level;
import io.nats.client.api.ServerInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The known defects of each version of the server. */
class KnownDefectsTest {

  private static final String KILL = "after a kill it forgets";
  private static final String SKIP = "makes it skip older tasks";
  private static final String LEADER = "before the other servers have it";
  private static final String TWICE = "to a second worker";
  private static final String EARLY = "before it removes the task";
  private static final String ADVISORIES = "advisory 2026-16";

  static Stream<Arguments> versions() {
    return Stream.of(
        arguments("2.9.25", List.of("PROBLEM " + KILL, "PROBLEM " + TWICE, "WARNING " + LEADER)),
        arguments(
            "2.10.7", List.of("PROBLEM " + TWICE, "WARNING " + LEADER, "WARNING " + ADVISORIES)),
        arguments(
            "2.10.15", List.of("PROBLEM " + TWICE, "WARNING " + LEADER, "WARNING " + ADVISORIES)),
        arguments("2.10.16", List.of("WARNING " + EARLY, "WARNING " + ADVISORIES)),
        arguments(
            "2.10.17", List.of("PROBLEM " + SKIP, "WARNING " + EARLY, "WARNING " + ADVISORIES)),
        arguments(
            "2.10.18", List.of("PROBLEM " + SKIP, "WARNING " + EARLY, "WARNING " + ADVISORIES)),
        arguments("2.10.19", List.of("PROBLEM " + SKIP, "WARNING " + ADVISORIES)),
        arguments("2.10.25", List.of("PROBLEM " + SKIP, "WARNING " + ADVISORIES)),
        arguments("2.10.26", List.of("WARNING " + ADVISORIES)),
        arguments("2.11.15", List.of("WARNING " + ADVISORIES)),
        arguments("2.11.16", List.of("OK ")),
        arguments("2.11.17", List.of("OK ")),
        arguments("2.12.0", List.of("WARNING " + ADVISORIES)),
        arguments("2.12.6", List.of("WARNING " + ADVISORIES)),
        arguments("2.12.7", List.of("OK ")),
        arguments("2.14.0", List.of("OK ")),
        arguments("2.15.1", List.of("OK ")));
  }

  @ParameterizedTest
  @MethodSource("versions")
  void eachVersionHasItsDefects(String version, List<String> expected) {
    List<String> found = new ArrayList<>();
    KnownDefects.report(
        new ServerInfo("INFO {\"server_id\":\"x\",\"version\":\"" + version + "\"}"),
        (level, topic, evidence, advice) -> {
          found.add(level + " " + evidence);
          assertThat(topic).isEqualTo("server");
          assertThat(evidence).contains("nats-server " + version);
          assertThat(advice.isEmpty()).isEqualTo(level == Level.OK);
        });
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < found.size(); i++) {
      String[] levelAndEffect = expected.get(i).split(" ", 2);
      assertThat(found.get(i)).startsWith(levelAndEffect[0] + " ").contains(levelAndEffect[1]);
    }
  }
}
