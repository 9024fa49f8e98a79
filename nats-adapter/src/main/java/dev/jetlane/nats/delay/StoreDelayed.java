// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.delay;

import dev.jetlane.PushReceipt;
import dev.jetlane.QueueFullException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.TaskHeaders;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.Dialect;
import dev.jetlane.nats.request.PushWatch;
import dev.jetlane.nats.request.StoreRequest;
import dev.jetlane.nats.request.StoredMessage;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Stores a delayed task. Each delayed task has its own subject, and its message has the condition
 * that the subject is empty. Otherwise the task is a duplicate, even after the dedup window.
 */
public final class StoreDelayed extends StoreRequest {

  private final String taskId;
  private final @Nullable PushWatch watch;

  /**
   * @param room whether the partition has room. If not, the condition cannot be fulfilled, and the
   *     answer only shows whether the task is a duplicate: nats-server checks the message id first
   *     (2.9 to 2.15).
   * @param watch receives the outcome
   */
  public StoreDelayed(
      PartitionAddress address,
      Task task,
      boolean room,
      PushWatch watch,
      Completion<? super PushReceipt> completion) {
    super(
        task.id(),
        "push of ",
        address.delayedSubject(task.id()),
        headers(address, task, room),
        task.payload(),
        completion);
    taskId = task.id();
    this.watch = watch;
  }

  private StoreDelayed(String taskId, String subject, Map<String, String> headers, byte[] payload) {
    super(taskId, "move of delayed task ", subject, headers, payload);
    this.taskId = taskId;
    watch = null;
  }

  /**
   * Creates the request that stores a delayed task in another stream, with the same due time; null
   * if the message is a note. A repeated request is a duplicate, because its subject is taken.
   *
   * @param knownSince the time since which the old stream knows message ids: an older one may also
   *     be that of another task, and is not stored again
   */
  public static @Nullable StoreDelayed copyOf(
      StoredMessage stored, QueueLayout before, QueueLayout after, Instant knownSince) {
    TaskHeaders old = stored.headers();
    if (old.first(WireHeaders.CANCELLED) != null) {
      return null;
    }
    String subject = stored.subject().substring(before.prefix(0).length());
    String partition = subject.substring(0, subject.indexOf('.'));
    String taskId = stored.taskId(before.address(partition), Dialect.OWN);
    PartitionAddress to = after.address(partition);
    Map<String, String> headers = WireHeaders.ofTask(old);
    headers.put(WireHeaders.TASK_ID, taskId);
    headers.put(WireHeaders.DELAY, WireHeaders.delay(old).toString());
    headers.put(WireHeaders.DUE, WireHeaders.due(old, stored.time()).toString());
    headers.put(WireHeaders.EXPECTED_LAST_ON_SUBJECT, "0");
    String priority = old.first(WireHeaders.PRIORITY);
    if (priority != null) {
      headers.put(WireHeaders.PRIORITY, priority);
    }
    String messageId = old.first(WireHeaders.MESSAGE_ID);
    // The old stream, which is the new first one, knows the old id.
    if (to.index != 0 && messageId != null && !stored.time().isBefore(knownSince)) {
      headers.put(WireHeaders.MESSAGE_ID, messageId);
    }
    return new StoreDelayed(taskId, to.delayedSubject(taskId), headers, stored.payload());
  }

  private static Map<String, String> headers(PartitionAddress address, Task task, boolean room) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(WireHeaders.MESSAGE_ID, address.messageId(task.id()));
    headers.put(WireHeaders.DELAY, task.delay().toString());
    headers.put(WireHeaders.EXPECTED_LAST_ON_SUBJECT, "0");
    if (task.priority() > 0) {
      headers.put(WireHeaders.PRIORITY, Integer.toString(task.priority()));
    }
    if (!room) {
      headers.put(WireHeaders.EXPECTED_LAST_ID, WireHeaders.NO_ID);
    }
    headers.putAll(WireHeaders.ofTask(task));
    return headers;
  }

  @Override
  protected Answer<PushReceipt> read(byte[] answer, int from, int length) {
    int errCode = errCode(answer, from, length);
    if (isTaken(errCode)) {
      return Answer.value(new PushReceipt(taskId, true));
    }
    if (errCode == WRONG_LAST_ID) {
      return Answer.error(
          new QueueFullException(
              describe() + ": the partition is full (delayed tasks count too)", null));
    }
    return super.read(answer, from, length);
  }

  @Override
  protected void released(@Nullable TaskQueueException error) {
    if (watch != null) {
      watch.released(error);
    }
  }
}
