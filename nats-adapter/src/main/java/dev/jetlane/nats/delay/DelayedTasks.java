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
import io.nats.client.api.ConsumerInfo;
import java.util.Map;

/** The delayed tasks of one partition, until a {@link DelayedTaskMover} makes them ready. */
public final class DelayedTasks {

  /** A consumer hears of a task a little later than its pusher. */
  private static final long MARGIN = 1_000;

  private static final long UNKNOWN = Long.MAX_VALUE / 2;

  private static final byte[] NOTHING = new byte[0];

  private final JetStreamApi api;
  private final RequestTable requests;
  private final PartitionAddress address;
  private final long limit;
  private final boolean possible;
  private volatile boolean denied;

  /**
   * Asks nothing yet.
   *
   * @param address in any priority
   */
  public DelayedTasks(Session session, PartitionAddress address) {
    api = session.api;
    requests = session.requests;
    limit = session.settings.queue().maxTasks();
    possible = session.settings.dialect().hasDelays();
    this.address = address;
  }

  /** Whether a task has a delay. */
  public static boolean isDelayed(Task task) {
    return !task.delay().isZero();
  }

  /** Whether {@link #room} has to ask. */
  public boolean isLimited() {
    return limit != QueueConfig.UNLIMITED;
  }

  /** How many are not due. */
  public long count(long deadlineNanos) {
    return possible ? api.messages(address.stream, address.delayedSubjects(), deadlineNanos) : 0;
  }

  /**
   * For how many more tasks of one priority there is room, delayed ones of any counted. The
   * server's own limit is per subject, and each delayed task has one of its own, so this has to
   * ask. To count those of a partition the server goes through all of them; those of the stream it
   * has counted, and mostly there is room even for so many.
   *
   * @param ready the address in that priority
   */
  public long room(PartitionAddress ready, long deadlineNanos) {
    if (!isLimited()) {
      return Long.MAX_VALUE;
    }
    long left = limit - api.messages(ready.stream, ready.subject, deadlineNanos);
    long atLeast = left - delayedInStream(deadlineNanos);
    return atLeast > MARGIN ? atLeast : left - count(deadlineNanos);
  }

  /** How many delayed tasks the stream has; very many if this client may not know. */
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
   * <p>A mover may be at it. Both store something under the same message id: the mover the task, on
   * its partition, and this a note. The server stores the first of them and calls the other a
   * duplicate.
   */
  public boolean cancel(String taskId, long deadlineNanos) {
    if (!possible) {
      return false;
    }
    StoredMessage stored =
        api.lastMessage(
            "look at delayed task " + taskId,
            address.stream,
            address.delayedSubject(taskId),
            deadlineNanos);
    if (stored == null) {
      return false;
    }
    StoreRequest note = note(taskId, stored.sequence());
    if (requests.call(note, deadlineNanos).duplicate()) {
      if (note.wasRepeated()) {
        throw new OutcomeUnknownException(
            "cancellation of delayed task "
                + taskId
                + ": decided by this call or by another one, because an answer was lost",
            null);
      }
      return false;
    }
    // The note has decided: who removes the message does not matter.
    boolean unused =
        HalfDone.rest(
            () ->
                api.deleteMessage(
                    "remove delayed task " + taskId,
                    address.stream,
                    stored.sequence(),
                    deadlineNanos));
    return true;
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
