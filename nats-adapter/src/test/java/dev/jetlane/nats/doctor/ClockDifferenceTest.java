// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How far the clock of a server is from that of the client, which asked at 10 and heard at 20. */
class ClockDifferenceTest {

  @ParameterizedTest
  @CsvSource({"3, 7", "10, 0", "15, 0", "20, 0", "26, 6"})
  void behindAndAhead(long server, long apart) {
    assertThat(
            Examination.apart(
                Instant.ofEpochSecond(server),
                Instant.ofEpochSecond(10),
                Instant.ofEpochSecond(20)))
        .isEqualTo(Duration.ofSeconds(apart));
  }
}
