// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.doctor.Examination.Level;
import io.nats.client.api.ServerInfo;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The versions of servers with known defects. */
class KnownDefectsTest {

  @ParameterizedTest
  @CsvSource({
    "2.9.25, PROBLEM", "2.10.29, WARNING", "2.11.15, WARNING", "2.11.16, OK", "2.11.17, OK",
    "2.12.0, WARNING", "2.12.6, WARNING", "2.12.7, OK", "2.14.0, OK", "2.15.1, OK"
  })
  void eachVersionHasItsLevel(String version, Level expected) {
    List<Level> levels = new ArrayList<>();
    KnownDefects.report(
        new ServerInfo("INFO {\"server_id\":\"x\",\"version\":\"" + version + "\"}"),
        (level, topic, evidence, advice) -> {
          levels.add(level);
          assertThat(evidence).contains(version);
          assertThat(advice.isEmpty()).isEqualTo(level == Level.OK);
        });
    assertThat(levels).containsExactly(expected);
  }
}
