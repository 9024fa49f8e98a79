package dev.jetlane.nats.request;

import dev.jetlane.nats.layout.TaskHeaders;
import io.nats.client.support.JsonParseException;
import io.nats.client.support.JsonParser;
import io.nats.client.support.JsonValue;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A message as a stream has it. jnats' own {@code MessageInfo} refuses headers that it would not
 * write; see {@link dev.jetlane.nats.layout.HeaderBlock}.
 */
public final class StoredMessage {

  private static final byte[] EMPTY = {};

  private final String subject;
  private final long sequence;
  private final Instant time;
  private final TaskHeaders headers;
  private final byte[] payload;

  private StoredMessage(
      String subject, long sequence, Instant time, TaskHeaders headers, byte[] payload) {
    this.subject = subject;
    this.sequence = sequence;
    this.time = time;
    this.headers = headers;
    this.payload = payload;
  }

  public String subject() {
    return subject;
  }

  public long sequence() {
    return sequence;
  }

  /** When it was stored, by the server's clock. */
  public Instant time() {
    return time;
  }

  public TaskHeaders headers() {
    return headers;
  }

  /** The payload, to be left as it is. */
  public byte[] payload() {
    return payload;
  }

  /** Reads the answer of {@code STREAM.MSG.GET}. */
  static StoredMessage read(byte[] answer) throws IOException {
    try {
      JsonValue message = JsonParser.parse(answer).map.get("message");
      if (message == null || message.map == null) {
        throw new IOException("no message in the answer");
      }
      byte[] payload = bytes(message.map.get("data"));
      return new StoredMessage(
          text(message.map.get("subject")),
          number(message.map.get("seq")),
          Instant.parse(text(message.map.get("time"))),
          TaskHeaders.of(bytes(message.map.get("hdrs"))),
          payload == null ? EMPTY : payload);
    } catch (JsonParseException | DateTimeParseException | IllegalArgumentException e) {
      throw new IOException("an answer that cannot be read", e);
    }
  }

  private static String text(@Nullable JsonValue value) {
    return value == null || value.string == null ? "" : value.string;
  }

  private static long number(@Nullable JsonValue value) {
    return value == null || value.number == null ? 0 : value.number.longValue();
  }

  private static byte @Nullable [] bytes(@Nullable JsonValue value) {
    return value == null || value.string == null ? null : Base64.getDecoder().decode(value.string);
  }
}
