// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.delay;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.HalfDone;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.RequestTable;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoreRequest;
import dev.jetlane.nats.request.StoredMessage;
import dev.jetlane.nats.request.StoredMessages;
import io.nats.client.api.ConsumerInfo;
import java.util.Map;

/** The delayed tasks of one partition, until a {@link DelayedTaskMover} makes them ready. */
public final class DelayedTasks {

  /**
   * The lag of the consumer's count: a task becomes visible to it a little later than to its
   * producer.
   */
  private static final long MARGIN = 1_000;

  private static final long UNKNOWN = Long.MAX_VALUE / 2;

  private static final byte[] NOTHING = new byte[0];

  private final JetStreamApi api;
  private final StoredMessages messages;
  private final RequestTable requests;
  private final PartitionAddress address;
  private final long limit;
  private final boolean possible;
  private volatile boolean denied;

  /**
   * Sends no request.
   *
   * @param address the address of any priority
   */
  public DelayedTasks(Session session, PartitionAddress address) {
    api = session.api;
    messages = session.stored;
    requests = session.requests;
    limit = session.settings.queue().maxTasks();
    possible = session.settings.dialect().hasDelays();
    this.address = address;
  }

  /** Returns whether a task has a delay. */
  public static boolean isDelayed(Task task) {
    return !task.delay().isZero();
  }

  /** Returns whether {@link #room} sends a request. */
  public boolean isLimited() {
    return limit != QueueConfig.UNLIMITED;
  }

  /** Returns the number of tasks that are not due. */
  public long count(long deadlineNanos) {
    return possible ? api.messages(address.stream, address.delayedSubjects(), deadlineNanos) : 0;
  }

  /**
   * Returns the room for more tasks of one priority, after the delayed tasks of all priorities. The
   * limit of the server is per subject, and each delayed task has its own subject, so the client
   * counts. To count the delayed tasks of a partition the server visits all of them. It knows the
   * number of the whole stream immediately, and usually even that number is below the limit.
   *
   * @param ready the address of that priority
   */
  public long room(PartitionAddress ready, long deadlineNanos) {
    if (!isLimited()) {
      return Long.MAX_VALUE;
    }
    long left = limit - api.messages(ready.stream, ready.subject, deadlineNanos);
    long atLeast = left - delayedInStream(deadlineNanos);
    return atLeast > MARGIN ? atLeast : left - count(deadlineNanos);
  }

  /**
   * Returns the number of delayed tasks of the stream; a very large number if this client may not
   * ask.
   */
  private long delayedInStream(long deadlineNanos) {
    if (denied || !possible) {
      return UNKNOWN;
    }
    try {
      ConsumerInfo info =
          api.consumerInfo(address.stream, PartitionAddress.DELAYED_CONSUMER, deadlineNanos);
      return info == null ? UNKNOWN : info.getNumPending() + info.getNumAckPending();
    } catch (PermissionDeniedException e) {
      denied = true;
      return UNKNOWN;
    }
  }

  /**
   * Removes a task that is not due.
   *
   * <p>A mover may be moving the task. Both store a message under the same id: the mover stores the
   * task on its partition, and this method a note. The server stores the first of them and refuses
   * the other one as a duplicate.
   */
  public boolean cancel(String taskId, long deadlineNanos) {
    if (!possible) {
      return false;
    }
    StoredMessage stored =
        messages.last(
            "inspect delayed task " + taskId,
            address.stream,
            address.delayedSubject(taskId),
            deadlineNanos);
    if (stored == null) {
      return false;
    }
    StoreRequest note = note(taskId, stored.sequence());
    boolean duplicate = requests.call(note, deadlineNanos).duplicate();
    // The server has decided, so either client may remove the message. A duplicate note may be that
    // of an earlier cancellation that did not get this far: after the dedup window no mover would
    // know it, and would make the task ready.
    boolean unused =
        HalfDone.rest(
            () ->
                messages.remove(
                    "remove delayed task " + taskId,
                    address.stream,
                    stored.sequence(),
                    deadlineNanos));
    if (duplicate && note.wasRepeated()) {
      throw new OutcomeUnknownException(
          "cancellation of delayed task "
              + taskId
              + ": an answer was lost, so the task may or may not be delivered",
          null);
    }
    return !duplicate;
  }

  private StoreRequest note(String taskId, long sequence) {
    Map<String, String> headers =
        Map.of(
            WireHeaders.MESSAGE_ID,
            PartitionAddress.dueMessageId(address.partition, sequence),
            WireHeaders.CANCELLED,
            taskId);
    return new StoreRequest(
        taskId,
        "cancellation of delayed task ",
        address.cancelledSubject(taskId),
        headers,
        NOTHING);
  }
}
