package dev.jetlane.nats.delay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.TaskHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a delayed task is due is a matter of what the server stamped, and of nothing else. */
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
    assertThat(PartitionAddress.due(headers, STORED)).isEqualTo(due);
    long storedAtNanos = ServerClock.nanos(STORED);
    Duration after = Duration.between(STORED, due);
    assertThat(PartitionAddress.dueNanos(headers, storedAtNanos))
        .isEqualTo(storedAtNanos + after.toNanos());
  }
}
