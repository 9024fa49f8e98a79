// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The difference between the clocks of server and client. The client sent its request at 10 and
 * received the answer at 20.
 */
class ClockDifferenceTest {

  @ParameterizedTest
  @CsvSource({"3, 7", "10, 0", "15, 0", "20, 0", "26, 6"})
  void aClockBehindOrAheadIsMeasured(long server, long apart) {
    assertThat(
            Examination.apart(
                Instant.ofEpochSecond(server),
                Instant.ofEpochSecond(10),
                Instant.ofEpochSecond(20)))
        .isEqualTo(Duration.ofSeconds(apart));
  }
}
