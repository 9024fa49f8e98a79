// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static io.nats.client.support.JsonValueUtils.readLong;
import static io.nats.client.support.JsonValueUtils.readString;

import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.TaskHeaders;
import dev.jetlane.nats.layout.WireHeaders;
import io.nats.client.support.JsonValue;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A message as it is stored in a stream. The {@code MessageInfo} refuses headers that it would not
 * write; see {@link dev.jetlane.nats.layout.HeaderBlock}.
 */
@SuppressWarnings(
    "ArrayRecordComponent") // The bytes are those of the server, and no code compares messages.
public record StoredMessage(
    String subject, long sequence, Instant time, TaskHeaders headers, byte[] payload) {

  private static final byte[] EMPTY = {};

  /** Reads the answer of {@code STREAM.MSG.GET}. */
  static StoredMessage read(JsonValue answer) throws IOException {
    try {
      JsonValue message = answer.map == null ? null : answer.map.get("message");
      if (message == null || message.map == null) {
        throw new IOException("the answer contains no message");
      }
      byte[] payload = bytes(message.map.get("data"));
      return new StoredMessage(
          readString(message, "subject", ""),
          readLong(message, "seq", 0),
          Instant.parse(readString(message, "time", "")),
          TaskHeaders.of(bytes(message.map.get("hdrs"))),
          payload == null ? EMPTY : payload);
    } catch (DateTimeParseException | IllegalArgumentException e) {
      throw new IOException("the answer cannot be read", e);
    }
  }

  /** Returns the id of the task, the same as in a delivery. */
  public String taskId(PartitionAddress address, Dialect dialect) {
    String redriven = headers.first(WireHeaders.TASK_ID);
    if (redriven != null && WireHeaders.isTaskId(redriven)) {
      return redriven;
    }
    String text = dialect.taskId(payload);
    if (text != null) {
      return text;
    }
    String messageId = headers.first(WireHeaders.MESSAGE_ID);
    String ours = messageId == null ? null : address.taskIdIn(messageId);
    return ours != null && WireHeaders.isTaskId(ours) ? ours : "seq-" + sequence;
  }

  private static byte @Nullable [] bytes(@Nullable JsonValue value) {
    return value == null || value.string == null ? null : Base64.getDecoder().decode(value.string);
  }
}
