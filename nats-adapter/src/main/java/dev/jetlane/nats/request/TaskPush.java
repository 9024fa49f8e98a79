// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.PushReceipt;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.nats.layout.HeaderValue;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.wire.ByteSink;
import io.nats.client.impl.Headers;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Stores a task. Its bytes are copied once, into the frame. */
public final class TaskPush extends StoreRequest {

  private static final byte[] NO_BODY = {};
  private static final String START = "NATS/1.0\r\n" + WireHeaders.MESSAGE_ID + ":";

  /** The end of the message id's line and the empty line after all headers. */
  private static final int ENDS = 4;

  /** The colon and the end of the line of a header. */
  private static final int OVERHEAD = 3;

  private final PartitionAddress address;
  private final Task task;
  private final PushWatch watch;

  /**
   * @param watch receives the outcome
   */
  public TaskPush(
      PartitionAddress address,
      Task task,
      PushWatch watch,
      Completion<? super PushReceipt> completion) {
    super(task.id(), "push of ", address.subject, WireHeaders.ofTask(task), NO_BODY, completion);
    this.address = address;
    this.task = task;
    this.watch = watch;
  }

  @Override
  public byte[] body() {
    return task.payload();
  }

  @Override
  public int bodySize() {
    return task.payloadSize();
  }

  @Override
  public void writeBody(ByteSink sink) {
    int at = sink.reserve(task.payloadSize());
    task.copyPayload(sink.array(), at);
  }

  @Override
  public Headers headers() {
    Headers all = super.headers();
    all.put(WireHeaders.MESSAGE_ID, address.messageId(task.id()));
    return all;
  }

  @Override
  public int headerSize() {
    int size = START.length() + address.messageIdPrefix.length() + task.id().length() + ENDS;
    if (headers.isEmpty()) {
      return size;
    }
    for (Map.Entry<String, String> header : headers.entrySet()) {
      size += header.getKey().length() + HeaderValue.encode(header.getValue()).length() + OVERHEAD;
    }
    return size;
  }

  @Override
  public void writeHeaders(ByteSink sink) {
    sink.put(START).put(address.messageIdPrefix).put(task.id()).endLine();
    if (headers.isEmpty()) {
      sink.endLine();
      return;
    }
    for (Map.Entry<String, String> header : headers.entrySet()) {
      sink.put(header.getKey()).put(':').put(HeaderValue.encode(header.getValue())).endLine();
    }
    sink.endLine();
  }

  @Override
  protected void released(@Nullable TaskQueueException error) {
    watch.released(error);
  }
}
