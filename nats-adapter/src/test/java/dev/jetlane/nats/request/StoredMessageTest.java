// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.TaskHeaders;
import io.nats.client.support.JsonParseException;
import io.nats.client.support.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A message in the answer of a server, and the id of its task. */
class StoredMessageTest {

  private static final PartitionAddress GPU =
      new QueueLayout("tasks", "jetlane", false, 1, 1, QueueLayout.OWN_API).address("gpu");

  private static StoredMessage read(String json) throws IOException, JsonParseException {
    return StoredMessage.read(JsonParser.parse(json));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void allFieldsOfAMessageAreRead() throws Exception {
    StoredMessage message =
        read(
            """
            {"type":"x","message":{"subject":"jetlane.gpu","seq":17,"hdrs":"%s","data":"%s",\
            "time":"2026-01-02T03:04:05.678901234Z"}}"""
                .formatted(base64("NATS/1.0\r\na: b\r\n\r\n"), base64("payload")));
    assertThat(message.subject()).isEqualTo("jetlane.gpu");
    assertThat(message.sequence()).isEqualTo(17);
    assertThat(message.time()).isEqualTo(Instant.parse("2026-01-02T03:04:05.678901234Z"));
    assertThat(message.headers().first("a")).isEqualTo("b");
    assertThat(message.payload()).asString().isEqualTo("payload");
  }

  @Test
  void aMessageMayHaveNeitherHeadersNorAPayload() throws Exception {
    StoredMessage message = read("{\"message\":{\"seq\":1,\"time\":\"2026-01-02T03:04:05Z\"}}");
    assertThat(message.payload()).isEmpty();
    assertThat(message.headers().users()).isEmpty();
  }

  /** Any other exception would not be taken for an answer that cannot be read. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "{\"message\":1}",
        "{\"message\":{\"seq\":1}}",
        "{\"message\":{\"seq\":1,\"time\":\"yesterday\"}}",
        "{\"message\":{\"seq\":1,\"time\":\"2026-01-02T03:04:05Z\",\"data\":\"%\"}}",
        "{\"message\":{\"seq\":1,\"time\":\"2026-01-02T03:04:05Z\",\"hdrs\":\"%\"}}",
      })
  void anUnreadableMessageIsAnInputError(String json) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("the answer c");
  }

  @ParameterizedTest
  @CsvSource({
    // The header of a redrive, the id in the payload, the message id, the id of the task.
    "redriven,text,gpu/pushed,redriven",
    "'',text,gpu/pushed,text",
    "with space,,gpu/pushed,pushed",
    ",text,gpu/pushed,text",
    ",,gpu/pushed,pushed",
    ",,gpu/with space,seq-17",
    ",,gpu/,seq-17",
    ",,cpu/pushed,seq-17",
    ",,,seq-17",
  })
  void theTaskHasTheIdOfItsDelivery(
      @Nullable String redriven, @Nullable String text, @Nullable String id, String expected) {
    StringBuilder block = new StringBuilder("NATS/1.0\r\n");
    if (redriven != null) {
      block.append("Jetlane-Id:").append(redriven).append("\r\n");
    }
    if (id != null) {
      block.append("Nats-Msg-Id:").append(id).append("\r\n");
    }
    byte[] headers = block.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    StoredMessage message =
        new StoredMessage("a", 17, Instant.EPOCH, TaskHeaders.of(headers), new byte[0]);
    Dialect dialect =
        new Dialect() {
          @Override
          public @Nullable String taskId(byte[] payload) {
            return text;
          }
        };
    assertThat(message.taskId(GPU, dialect)).isEqualTo(expected);
  }
}
