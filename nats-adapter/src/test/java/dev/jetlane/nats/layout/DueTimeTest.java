package dev.jetlane.nats.layout;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the server stamped says when a delayed task is due, and nothing else does. */
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
  void theHeadersSayWhen(String header, Instant due) {
    byte[] block = ("NATS/1.0\r\n" + header + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    TaskHeaders headers = TaskHeaders.of(block);
    assertThat(WireHeaders.due(headers, STORED)).isEqualTo(due);
    long storedAtNanos = WireHeaders.nanos(STORED);
    assertThat(WireHeaders.dueNanos(headers, storedAtNanos))
        .isEqualTo(storedAtNanos + Duration.between(STORED, due).toNanos());
  }
}
