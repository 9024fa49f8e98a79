// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.layout;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Times and priorities in the headers of a stored message, also of other producers. */
class DueTimeTest {

  private static final Instant STORED = Instant.parse("2026-01-01T00:00:00Z");

  @ParameterizedTest
  @CsvSource({
    "Jetlane-Delay:PT8S, 2026-01-01T00:00:08Z",
    "Jetlane-Delay:tomorrow, 2026-01-01T00:00:00Z",
    "Jetlane-Delay:PT-8S, 2026-01-01T00:00:00Z",
    "Jetlane-Delay:PT99999999999999S, 2027-01-01T00:00:00Z",
    "Jetlane-Due:2026-01-01T01:00:00Z, 2026-01-01T01:00:00Z",
    "Jetlane-Due:2025-01-01T01:00:00Z, 2026-01-01T00:00:00Z",
    "Jetlane-Due:9999-01-01T01:00:00Z, 2027-01-01T00:00:00Z",
    "Jetlane-Due:soon, 2026-01-01T00:00:00Z",
  })
  void theDueTimeFollowsFromTheHeaders(String header, Instant due) {
    TaskHeaders headers = headers(header);
    assertThat(WireHeaders.due(headers, STORED)).isEqualTo(due);
    long storedAtNanos = WireHeaders.nanos(STORED);
    assertThat(WireHeaders.dueNanos(headers, storedAtNanos))
        .isEqualTo(storedAtNanos + Duration.between(STORED, due).toNanos());
  }

  private static TaskHeaders headers(String header) {
    byte[] block = ("NATS/1.0\r\n" + header + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    return TaskHeaders.of(block);
  }

  /** A queue with three priorities has 0, 1 and 2. */
  @ParameterizedTest
  @CsvSource({
    "Jetlane-Priority:1, 1",
    "Jetlane-Priority:2, 2",
    "Jetlane-Priority:9, 2",
    "Jetlane-Priority:10, 0",
    "Jetlane-Priority:-1, 0",
    "Jetlane-Priority:high, 0",
    "Other:1, 0",
  })
  void anUnknownPriorityBecomesAnExistingOne(String header, int priority) {
    QueueLayout layout = new QueueLayout("s", "s", false, 1, 3, QueueLayout.OWN_API);
    assertThat(WireHeaders.priority(headers(header), layout)).isEqualTo(priority);
  }

  @Test
  void anUnreadableDeadlineIsIgnored() {
    assertThat(WireHeaders.deadline("2026-01-01T00:00:00Z")).isEqualTo(STORED);
    assertThat(WireHeaders.deadline("tomorrow")).isNull();
    assertThat(WireHeaders.deadline("")).isNull();
    assertThat(WireHeaders.deadline(null)).isNull();
  }
}
