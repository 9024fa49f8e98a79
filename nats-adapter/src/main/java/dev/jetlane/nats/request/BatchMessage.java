// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.nats.wire.ByteSink;
import dev.jetlane.nats.wire.Frame;
import io.nats.client.impl.Headers;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A message of an atomic batch: the original one, with the headers of the batch (nats-server 2.12).
 */
final class BatchMessage implements Frame {

  private static final String ID = "Nats-Batch-Id";
  private static final String SEQUENCE = "Nats-Batch-Sequence";
  private static final String COMMIT = "Nats-Batch-Commit";

  /**
   * The header with the API level. Servers of 2.11 refuse the level; older ones would store the
   * message alone.
   */
  private static final String LEVEL = "Nats-Required-Api-Level";

  /** The size of the line before all headers. */
  private static final int BEGIN = "NATS/1.0\r\n".length();

  private final Frame message;
  private final Map<String, String> headers = new LinkedHashMap<>();
  private final byte[] lines;

  /**
   * @param sequence the place in the batch, from 1
   * @param last whether this is the last message, which makes the server store all of them
   */
  BatchMessage(Frame message, String batchId, int sequence, boolean last) {
    this.message = message;
    headers.put(ID, batchId);
    headers.put(SEQUENCE, Integer.toString(sequence));
    headers.put(LEVEL, "2");
    if (last) {
      headers.put(COMMIT, "1");
    }
    StringBuilder text = new StringBuilder();
    headers.forEach((name, value) -> text.append(name).append(':').append(value).append("\r\n"));
    lines = text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public String subject() {
    return message.subject();
  }

  @Override
  public byte[] body() {
    return message.body();
  }

  @Override
  public int bodySize() {
    return message.bodySize();
  }

  @Override
  public void writeBody(ByteSink sink) {
    message.writeBody(sink);
  }

  @Override
  public Headers headers() {
    Headers all = new Headers(message.headers());
    headers.forEach(all::put);
    return all;
  }

  @Override
  public int headerSize() {
    return message.headerSize() + lines.length;
  }

  /** Writes the headers of the batch before those of the message: see {@link StoreRequest}. */
  @Override
  public void writeHeaders(ByteSink sink) {
    int size = message.headerSize();
    message.writeHeaders(sink);
    int end = sink.reserve(lines.length);
    int at = end - size + BEGIN;
    System.arraycopy(sink.array(), at, sink.array(), at + lines.length, end - at);
    System.arraycopy(lines, 0, sink.array(), at, lines.length);
  }
}
