package dev.jetlane.nats;

import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import io.nats.client.impl.Headers;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Stores a task, whose bytes are copied once: to where they leave from. */
final class TaskPush extends PushRequest {

  private static final byte[] NO_BODY = {};
  private static final String START = "NATS/1.0\r\n" + Lane.MESSAGE_ID_HEADER + ":";

  /** The end of the message id's line and the empty line after all headers. */
  private static final int ENDS = 4;

  /** The colon and the end of the line of a header. */
  private static final int OVERHEAD = 3;

  private final Lane lane;
  private final Task task;
  private final Semaphore permits;

  /**
   * @param permits where one is given back
   */
  TaskPush(Lane lane, Task task, Semaphore permits) {
    super(task.id(), "push of ", lane.subject, task.headers(), NO_BODY);
    this.lane = lane;
    this.task = task;
    this.permits = permits;
  }

  @Override
  byte[] body() {
    return task.payload();
  }

  @Override
  int bodySize() {
    return task.payloadSize();
  }

  @Override
  void writeBody(Frames frames) {
    int at = frames.reserve(task.payloadSize());
    task.copyPayload(frames.array(), at);
  }

  @Override
  Headers headers() {
    Headers all = super.headers();
    all.put(Lane.MESSAGE_ID_HEADER, lane.messageId(task.id()));
    return all;
  }

  @Override
  int headerSize() {
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
  void writeHeaders(Frames frames) {
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
  void released(@Nullable TaskQueueException error) {
    permits.release();
  }
}
