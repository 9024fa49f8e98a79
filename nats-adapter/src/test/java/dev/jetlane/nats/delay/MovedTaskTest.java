// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.delay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.TaskHeaders;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.StoredMessage;
import io.nats.client.impl.Headers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The properties that a delayed task keeps when its queue moves to other streams. */
class MovedTaskTest {

  private static final QueueLayout ONE =
      new QueueLayout("s", "s", false, 1, 3, QueueLayout.OWN_API);
  private static final Instant STORED = Instant.parse("2026-01-01T00:00:00Z");

  private static Headers moved(String... lines) {
    String block = "NATS/1.0\r\nNats-Msg-Id: p/t\r\n" + String.join("\r\n", lines) + "\r\n\r\n";
    StoredMessage stored =
        new StoredMessage(
            ONE.address("p").delayedSubject("t"),
            7,
            STORED,
            TaskHeaders.of(block.getBytes(StandardCharsets.US_ASCII)),
            new byte[0]);
    return Objects.requireNonNull(StoreDelayed.copyOf(stored, ONE, ONE.withStreams(4))).headers();
  }

  @Test
  void aMovedTaskKeepsPriorityDueTimeDeadlineAndHeaders() {
    Headers headers =
        moved(
            "Jetlane-Delay: PT1H",
            "Jetlane-Priority: 2",
            "Jetlane-Deadline: 2026-02-01T00:00:00Z",
            "Color: blue");
    assertThat(headers.getFirst(WireHeaders.TASK_ID)).isEqualTo("t");
    assertThat(headers.getFirst(WireHeaders.PRIORITY)).isEqualTo("2");
    assertThat(headers.getFirst(WireHeaders.DUE)).isEqualTo("2026-01-01T01:00:00Z");
    assertThat(headers.getFirst(WireHeaders.DEADLINE)).isEqualTo("2026-02-01T00:00:00Z");
    assertThat(headers.getFirst("Color")).isEqualTo("blue");
  }

  /** The subject of the task is in use, so a second move stores nothing. */
  @Test
  void aRepeatedMoveIsADuplicate() {
    Headers headers = moved("Jetlane-Delay: PT1H");
    assertThat(headers.getFirst(WireHeaders.EXPECTED_LAST_ON_SUBJECT)).isEqualTo("0");
    assertThat(headers.getFirst(WireHeaders.PRIORITY)).isNull();
  }

  /** Its due time is that of the first move. */
  @Test
  void aSecondMoveKeepsTheDueTime() {
    Headers headers = moved("Jetlane-Delay: PT1H", "Jetlane-Due: 2026-01-01T00:10:00Z");
    assertThat(headers.getFirst(WireHeaders.DUE)).isEqualTo("2026-01-01T00:10:00Z");
  }
}
