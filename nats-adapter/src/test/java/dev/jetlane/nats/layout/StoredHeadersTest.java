// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Limits;
import dev.jetlane.Task;
import io.nats.client.impl.Headers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The headers of a task, as any client may have written them, in each of their forms. */
class StoredHeadersTest {

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Returns the headers of a block: of a stored message, and as jnats delivers a wrapped block. */
  private static List<TaskHeaders> both(String block) {
    byte[] all = bytes("xx" + block + "yy");
    byte[] wrapped = HeaderBlock.wrap(all, 2, all.length - 2);
    Headers delivered = new io.nats.client.support.IncomingHeadersProcessor(wrapped).getHeaders();
    return List.of(TaskHeaders.of(bytes(block)), TaskHeaders.of(delivered));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NATS/1.0^a:1^b: 2^^|a=1,b=2",
        "NATS/1.0^a:1^a:2^a:3^^|a=1,2,3",
        "NATS/1.0^a: x:y ^^|a=x:y",
        "NATS/1.0^a^b:1^:2^ :3^^|b=1",
        "NATS/1.0^a:^^|a=",
        "NATS/1.0^Nats-X:1^NATS-y:2^jetlane-z:3^JETLANE-Reason:4^Natsy:5^^|Natsy=5",
        "NATS/1.0^\u00e9:\u00fc^^|\u00e9=\u00fc",
        "NATS/1.0^a:=?UTF-8?B?w7w=?=^^|a=\u00fc",
        "NATS/1.0^b:1^a:2^^|b=1,a=2",
        "NATS/2.0^a:1^^|''",
        "NATS/1.|''",
        "NATS/1.0|''",
        "''|''"
      })
  void theHeadersOfTheUserAreRead(String block, String users) {
    for (TaskHeaders headers : both(block.replace("^", "\r\n"))) {
      StringBuilder seen = new StringBuilder();
      headers
          .users()
          .forEach((name, value) -> seen.append(',').append(name).append('=').append(value));
      assertThat(seen.isEmpty() ? "" : seen.substring(1)).isEqualTo(users);
      assertThatThrownBy(() -> headers.users().put("x", "y"))
          .isInstanceOf(UnsupportedOperationException.class);
    }
  }

  @Test
  void theFirstValueOfAHeaderCounts() {
    for (TaskHeaders headers : both("NATS/1.0\r\nNats-Msg-Id:a\r\nNats-Msg-Id:b\r\n\r\n")) {
      assertThat(headers.first(WireHeaders.MESSAGE_ID)).isEqualTo("a");
      assertThat(headers.first("other")).isNull();
    }
    Headers parsed = new Headers().add("a", "=?UTF-8?B?w7w=?=", "2");
    assertThat(TaskHeaders.of(parsed).first("a")).isEqualTo("\u00fc");
    assertThat(TaskHeaders.of(parsed).users()).isEqualTo(Map.of("a", "\u00fc,2"));
    assertThat(TaskHeaders.of(parsed).first("b")).isNull();
    assertThat(TaskHeaders.of((Headers) null).users()).isEmpty();
    assertThat(TaskHeaders.of(new Headers()).first("a")).isNull();
    assertThat(TaskHeaders.of((byte[]) null).users()).isEmpty();
  }

  /** A producer may use the name of a wrapped block. */
  @Test
  void aWrappedBlockStandsAlone() {
    Headers two = new Headers().add(HeaderBlock.WRAPPED, "TkFUUy8xLjANCmE6MQ0KDQo=").add("b", "2");
    assertThat(TaskHeaders.of(two).users()).isEqualTo(Map.of("b", "2"));
    Headers alone = new Headers().add(HeaderBlock.WRAPPED, "TkFUUy8xLjANCmE6MQ0KDQo=");
    assertThat(TaskHeaders.of(alone).users()).isEqualTo(Map.of("a", "1"));
    Headers broken = new Headers().add(HeaderBlock.WRAPPED, "no base64");
    assertThat(TaskHeaders.of(broken).users()).isEmpty();
    assertThat(TaskHeaders.of(broken).first("a")).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NATS/1.0^^|true|true",
        "NATS/1.0^a:1^^|true|true",
        "NATS/1.0^a:^^|true|true",
        "NATS/1.0^a:1^b:2^^|true|true",
        "NATS/1.0 404^^|false|true",
        "NATS/1.0 404 No Messages^^|false|true",
        "NATS/1.0 404 No Messages^a:1^^|false|true",
        "NATS/1.0 40^^|false|false",
        "NATS/1.0 4040^^|false|false",
        "NATS/1.0 404 ^^|false|false",
        "NATS/1.0 404  x^^|false|false",
        "NATS/1.0 ^^|false|false",
        "NATS/1.0^a^^|false|false",
        "NATS/1.0^:1^^|false|false",
        "NATS/1.0^a b:1^^|false|false",
        "NATS/1.0^a:\u007f^^|false|false",
        "NATS/1.0^a:1|false|false",
        "NATS/1.0^a:1^|false|false",
        "NATS/1.0^a:1^^^|false|false",
        "NATS/1.0^|false|false",
        "NATS/1.0|false|false",
        "NATS/1.|false|false",
        "NATS/1.1^^|false|false"
      })
  void onlyABlockThatJnatsParsesIsPlain(String text, boolean plain, boolean status) {
    String block = text.replace("^", "\r\n");
    byte[] alone = bytes(block);
    assertThat(HeaderBlock.isPlain(alone, 0, alone.length)).isEqualTo(plain);
    assertThat(HeaderBlock.isPlainStatus(alone, 0, alone.length)).isEqualTo(status);
    byte[] within = bytes("\r\n" + block + "\r\n\r\n");
    assertThat(HeaderBlock.isPlain(within, 2, 2 + alone.length)).isEqualTo(plain);
    assertThat(HeaderBlock.isPlainStatus(within, 2, 2 + alone.length)).isEqualTo(status);
  }

  @Test
  void aWrappedBlockIsPlainAndContainsItsBytes() {
    for (int length = 0; length < 8; length++) {
      byte[] block = new byte[length];
      Arrays.fill(block, (byte) 0xff);
      byte[] wrapped = HeaderBlock.wrap(block, 0, length);
      assertThat(HeaderBlock.isPlain(wrapped, 0, wrapped.length)).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"PT8760H, PT8760H", "PT8760H0.000000001S, PT8760H", "PT0S, PT0S", "PT-1S, PT0S"})
  void aDelayIsAtMostTheLongestOne(String text, Duration delay) {
    TaskHeaders headers = TaskHeaders.of(bytes("NATS/1.0\r\nJetlane-Delay:" + text + "\r\n\r\n"));
    assertThat(Limits.MAX_PUSH_DELAY).isEqualTo(Duration.ofDays(365));
    assertThat(WireHeaders.delay(headers)).isEqualTo(delay);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 999_999_999L, 1_700_000_000_123_456_789L})
  void timesHaveNanoseconds(long nanos) {
    assertThat(WireHeaders.nanos(Instant.ofEpochSecond(0, nanos))).isEqualTo(nanos);
    assertThat(WireHeaders.dueNanos(TaskHeaders.of((byte[]) null), nanos)).isEqualTo(nanos);
  }

  /** The caller of one form changes the map, and the task must not change with it. */
  @Test
  void theHeadersOfATaskAreCopied() {
    Task task = Task.of("t", "").withHeader("a", "1");
    assertThat(WireHeaders.ofTask(task)).isEqualTo(Map.of("a", "1"));
    Task timed = task.withDeadline(Instant.EPOCH.plusSeconds(9));
    assertThat(WireHeaders.ofTask(timed))
        .isEqualTo(Map.of("a", "1", "Jetlane-Deadline", "1970-01-01T00:00:09Z"));
    assertThat(timed.headers()).isEqualTo(Map.of("a", "1"));
    Map<String, String> users = new HashMap<>(Map.of("a", "1"));
    Map<String, String> copy = WireHeaders.with(users, null);
    copy.put("b", "2");
    assertThat(users).isEqualTo(Map.of("a", "1"));
    TaskHeaders stored =
        TaskHeaders.of(
            bytes("NATS/1.0\r\na:1\r\nJetlane-Deadline:soon\r\nNats-Msg-Id:p/t\r\n\r\n"));
    Map<String, String> all = WireHeaders.ofTask(stored);
    all.put("b", "2");
    assertThat(all).isEqualTo(Map.of("a", "1", "Jetlane-Deadline", "soon", "b", "2"));
  }
}
