package dev.jetlane.nats.request;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.layout.FailedPush;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.wire.ByteSink;
import io.nats.client.impl.Headers;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Stores a task, whose bytes are copied once: to where they leave from. */
public final class TaskPush extends StoreRequest {

  private static final byte[] NO_BODY = {};
  private static final String START = "NATS/1.0\r\n" + PartitionAddress.MESSAGE_ID_HEADER + ":";

  /** The end of the message id's line and the empty line after all headers. */
  private static final int ENDS = 4;

  /** The colon and the end of the line of a header. */
  private static final int OVERHEAD = 3;

  private final PartitionAddress lane;
  private final Task task;
  private final Semaphore permits;

  /**
   * @param permits where one is given back
   */
  public TaskPush(PartitionAddress lane, Task task, Semaphore permits) {
    super(task.id(), "push of ", lane.subject, task.headers(), NO_BODY);
    this.lane = lane;
    this.task = task;
    this.permits = permits;
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
  public void writeBody(ByteSink frames) {
    int at = frames.reserve(task.payloadSize());
    task.copyPayload(frames.array(), at);
  }

  @Override
  public Headers headers() {
    Headers all = super.headers();
    all.put(PartitionAddress.MESSAGE_ID_HEADER, lane.messageId(task.id()));
    return all;
  }

  @Override
  public int headerSize() {
    int size = START.length() + lane.messageIdPrefix.length() + task.id().length() + ENDS;
    if (task.headers().isEmpty()) {
      return size;
    }
    for (Map.Entry<String, String> header : task.headers().entrySet()) {
      size += header.getKey().length() + header.getValue().length() + OVERHEAD;
    }
    return size;
  }

  @Override
  public void writeHeaders(ByteSink frames) {
    frames.put(START).put(lane.messageIdPrefix).put(task.id()).endLine();
    if (task.headers().isEmpty()) {
      frames.endLine();
      return;
    }
    for (Map.Entry<String, String> header : task.headers().entrySet()) {
      frames.put(header.getKey()).put(':').put(header.getValue()).endLine();
    }
    frames.endLine();
  }

  @Override
  public void released(@Nullable TaskQueueException error) {
    if (error instanceof OutcomeUnknownException || error instanceof QueueUnavailableException) {
      lane.failedPush = new FailedPush(error, System.nanoTime());
    } else if (lane.failedPush != null) {
      lane.failedPush = null;
    }
    permits.release();
  }
}
