// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.delay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.PushReceipt;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.TaskHeaders;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.StoredMessage;
import io.nats.client.impl.Headers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The properties that a delayed task keeps when its queue moves to other streams. */
class MovedTaskTest {

  private static final QueueLayout ONE =
      new QueueLayout("s", "s", false, 1, 3, QueueLayout.OWN_API);
  private static final Instant STORED = Instant.parse("2026-01-01T00:00:00Z");

  private static Headers moved(String... lines) {
    return Objects.requireNonNull(copy("p", STORED, "Nats-Msg-Id: p/t", lines)).headers();
  }

  private static @Nullable StoreDelayed copy(
      String partition, Instant knownSince, String first, String... others) {
    String block = "NATS/1.0\r\n" + first + "\r\n" + String.join("\r\n", others) + "\r\n\r\n";
    StoredMessage stored =
        new StoredMessage(
            ONE.address(partition).delayedSubject("t"),
            7,
            STORED,
            TaskHeaders.of(block.getBytes(StandardCharsets.US_ASCII)),
            "payload".getBytes(StandardCharsets.US_ASCII));
    return StoreDelayed.copyOf(stored, ONE, ONE.withStreams(4), knownSince);
  }

  /** Returns a partition that moves to another stream than the first one. */
  private static String elsewhere() {
    return partitionOf(index -> index != 0);
  }

  private static String partitionOf(IntPredicate index) {
    return IntStream.range(0, 100)
        .mapToObj(i -> "p" + i)
        .filter(name -> index.test(ONE.withStreams(4).address(name).index))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theIdOfAPushMovesAsLongAsTheServerKnowsIt() {
    String name = elsewhere();
    String id = name + "/t";
    StoreDelayed recent = copy(name, STORED, "Nats-Msg-Id: " + id, "Jetlane-Delay: PT1H");
    assertThat(Objects.requireNonNull(recent).headers().getFirst(WireHeaders.MESSAGE_ID))
        .isEqualTo(id);
    Instant later = STORED.plusNanos(1);
    StoreDelayed old = copy(name, later, "Nats-Msg-Id: " + id, "Jetlane-Delay: PT1H");
    assertThat(Objects.requireNonNull(old).headers().getFirst(WireHeaders.MESSAGE_ID)).isNull();
  }

  /** Other producers need no message id. */
  @Test
  void aTaskWithoutAMessageIdMovesUnderItsSequence() {
    StoreDelayed copy = Objects.requireNonNull(copy("p", STORED, "Jetlane-Delay: PT1H"));
    assertThat(copy.headers().getFirst(WireHeaders.TASK_ID)).isEqualTo("seq-7");
    assertThat(copy.subject()).endsWith(ONE.address("p").delayedSubject("seq-7").substring(2));
  }

  @Test
  void aNoteDoesNotMove() {
    assertThat(copy("p", STORED, "Nats-Msg-Id: p~3", "Jetlane-Cancelled: t")).isNull();
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

  /** The old stream becomes the first one, and would take the copy for a duplicate. */
  @Test
  void aTaskThatStaysInTheFirstStreamHasNoMessageId() {
    String name = partitionOf(index -> index == 0);
    String id = name + "/t";
    StoreDelayed copy = copy(name, STORED, "Nats-Msg-Id: " + id, "Jetlane-Delay: PT1H");
    assertThat(Objects.requireNonNull(copy).headers().getFirst(WireHeaders.MESSAGE_ID)).isNull();
  }

  @Test
  void aMovedTaskKeepsItsPayloadAndItsDelay() {
    StoreDelayed copy = Objects.requireNonNull(copy("p", STORED, "Jetlane-Delay: PT1H"));
    assertThat(copy.body()).asString().isEqualTo("payload");
    assertThat(copy.headers().getFirst(WireHeaders.DELAY)).isEqualTo("PT1H");
    assertThat(copy.subject()).isEqualTo(ONE.withStreams(4).address("p").delayedSubject("seq-7"));
  }

  /** The error of the move names the task. */
  @Test
  void theErrorsOfAMoveNameTheTask() {
    StoreDelayed copy = Objects.requireNonNull(copy("p", STORED, "Jetlane-Id: t"));
    byte[] refusal =
        "{\"error\":{\"code\":400,\"err_code\":10060,\"description\":\"planted\"}}"
            .getBytes(StandardCharsets.US_ASCII);
    assertThat(Objects.requireNonNull(copy.read(refusal, 0, refusal.length).error()))
        .hasMessageContaining("move of delayed task t: planted");
  }

  /** A copy of the same task is in its place: an earlier run stored it. */
  @ParameterizedTest
  @ValueSource(ints = {10071, 10164})
  void aTakenPlaceIsADuplicate(int code) {
    StoreDelayed copy = Objects.requireNonNull(copy("p", STORED, "Jetlane-Id: t"));
    byte[] taken =
        "{\"error\":{\"code\":400,\"err_code\":%d,\"description\":\"wrong last sequence\"}}"
            .formatted(code)
            .getBytes(StandardCharsets.US_ASCII);
    assertThat(copy.read(taken, 0, taken.length).value()).isEqualTo(new PushReceipt("t", true));
  }
}
