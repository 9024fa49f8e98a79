// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The bounds of valid values, and the messages for invalid ones. The table of hostile names, ids,
 * headers and reasons is in the conformance kit ({@code BadValues}), which tries them here and on
 * every queue.
 */
@SuppressWarnings("NullAway") // Callers without a null checker pass null.
class BadInputTest {

  @ParameterizedTest
  @ValueSource(strings = {"a", "A", "0", "_", "-", "gpu-large_2", "_INBOX"})
  void goodPartitionNamesAreAccepted(String name) {
    assertThat(Limits.checkPartitionName(name)).isEqualTo(name);
    assertThat(Limits.checkPartitionName("x".repeat(64))).hasSize(64);
  }

  @Test
  void goodTaskIdsAreAccepted() {
    assertThat(Task.of("x".repeat(256), new byte[0]).id()).hasSize(256);
    assertThat(Task.of("a.b/c*d>%$", new byte[0]).id()).isEqualTo("a.b/c*d>%$");
  }

  @Test
  void goodDeadLetterReasonsAreAccepted() {
    assertThat(Limits.checkReason("x".repeat(Limits.MAX_REASON))).hasSize(Limits.MAX_REASON);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a", "a b", "a:b; c=\"d\"", "~", "Gr\u00f6\u00dfe \ud83d\ude00", "=?x?="})
  void goodHeaderValuesAreAccepted(String value) {
    assertThat(task().withHeader("traceparent", value).headers())
        .containsExactly(Map.entry("traceparent", value));
  }

  @Test
  void tooManyOrTooLargeHeadersAreRefused() {
    Map<String, String> many = new LinkedHashMap<>();
    for (int i = 0; i < Limits.MAX_HEADERS; i++) {
      many.put("h" + i, "v");
    }
    Task full = task().withHeaders(many);
    assertThat(full.headers()).hasSize(Limits.MAX_HEADERS);
    assertThatThrownBy(() -> full.withHeader("one-more", "v"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("number of headers 101: must be from 0 to 100");

    String most = "x".repeat(Limits.MAX_HEADER_BYTES - 1);
    assertThat(task().withHeader("h", most).headers()).hasSize(1);
    assertThatThrownBy(() -> task().withHeader("h", most + "x"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("size of the headers in bytes 16385: must be from 0 to 16384");
    assertThatThrownBy(() -> task().withHeaders(null)).isInstanceOf(InvalidInputException.class);
  }

  @Test
  void badPayloadsAreRefused() {
    assertThatThrownBy(() -> Task.of("id", (byte[]) null))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("payload null: must not be null");
    assertThatThrownBy(() -> Limits.checkPayloadSize(11, 10))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("payload size in bytes 11: must be from 0 to 10");
    assertThat(Limits.checkPayloadSize(10, 10)).isEqualTo(10);
  }

  private static Stream<Supplier<?>> numbersAndDurationsOutOfRange() {
    QueueConfig config = QueueConfig.defaults();
    return Stream.of(
        () -> Limits.checkPullSize(0),
        () -> Limits.checkPullSize(-1),
        () -> Limits.checkPullSize(Limits.MAX_PULL + 1),
        () -> Limits.checkWait(null),
        () -> Limits.checkWait(Duration.ofNanos(-1)),
        () -> Limits.checkWait(Limits.MAX_WAIT.plusNanos(1)),
        () -> Limits.checkWait(Duration.ofSeconds(Long.MAX_VALUE)),
        () -> Limits.checkDelay(Duration.ofMillis(-1)),
        () -> Limits.checkDelay(Duration.ofSeconds(Long.MAX_VALUE)),
        () -> PullOptions.defaults().withPrefetch(-1),
        () -> PullOptions.defaults().withPrefetch(Limits.MAX_PULL + 1),
        () -> config.withLease(Duration.ZERO),
        () -> config.withLease(Duration.ofNanos(1)),
        () -> config.withLease(Duration.ofMillis(99)),
        () -> config.withLease(Duration.ofSeconds(-1)),
        () -> config.withLease(Duration.ofSeconds(Long.MAX_VALUE)),
        () -> config.withDedupWindow(Duration.ofMillis(99)),
        () -> config.withDedupWindow(Limits.MAX_WINDOW.plusNanos(1)),
        () -> config.withMaxDeliveries(0),
        () -> config.withMaxDeliveries(-1),
        () -> config.withMaxOutstanding(0),
        () -> config.withMaxOutstanding(Limits.MAX_OUTSTANDING + 1),
        () -> config.withMaxTasks(0),
        () -> config.withMaxPayloadBytes(-1),
        () -> config.withMaxPayloadBytes(Limits.MAX_PAYLOAD_BYTES + 1));
  }

  @ParameterizedTest
  @MethodSource("numbersAndDurationsOutOfRange")
  void numbersAndDurationsOutOfRangeAreRefused(Supplier<?> call) {
    assertThatThrownBy(call::get)
        .isInstanceOfSatisfying(
            InvalidInputException.class, e -> assertThat(e).hasMessageEndingWith(": " + e.rule()))
        .hasMessageMatching(".+ \\S+: must be from \\S+ to \\S+");
  }

  @Test
  void aHostileValueIsPrintedEscaped() {
    assertThat(new InvalidInputException("name", "a\r\n\"\u202e", "must be nice"))
        .hasMessage("name \"a\\u000d\\u000a\\u0022\\u202e\": must be nice");
    assertThat(new InvalidInputException("name", "x".repeat(5000), "must be nice"))
        .hasMessage("name \"" + "x".repeat(80) + "\"... (5000 characters): must be nice");
  }

  private static Task task() {
    return Task.of("id", new byte[0]);
  }
}
