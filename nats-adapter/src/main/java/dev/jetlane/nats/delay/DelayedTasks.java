package dev.jetlane.nats.delay;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueConfig;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoreRequest;
import dev.jetlane.nats.request.StoredMessage;
import io.nats.client.api.ConsumerInfo;
import java.time.Instant;
import java.util.Map;

/** The delayed tasks of one partition, until a {@link DelayedTaskMover} makes them ready. */
public final class DelayedTasks {

  /** Somebody else removed the message first. */
  private static final int NO_SUCH_SEQUENCE = 10043;

  /** A consumer hears of a task a little later than whoever pushed it got the confirmation. */
  private static final long MARGIN = 1_000;

  private static final long UNKNOWN = Long.MAX_VALUE / 2;

  private static final byte[] NOTHING = new byte[0];

  private final Session session;
  private final PartitionAddress lane;
  private volatile int deniedInEpoch = -1;

  public DelayedTasks(Session session, PartitionAddress lane) {
    this.session = session;
    this.lane = lane;
  }

  /** How many are not due. */
  public long count() {
    if (session.options.bareSubjects()) {
      return 0;
    }
    return session.admin.messages(lane.stream, lane.allLaterOfPartition());
  }

  /**
   * For how many more tasks of this priority there is room, delayed ones of any counted. The
   * server's own limit is per subject, and each delayed task has one of its own, so this has to
   * ask. To count them the server goes through all of them; how many all partitions of the stream
   * have, it knows, and mostly there is room for as many.
   */
  public long room(PartitionAddress lane) {
    long limit = session.options.queue().maxTasks();
    if (limit == QueueConfig.UNLIMITED) {
      return Long.MAX_VALUE;
    }
    long ready = session.admin.messages(lane.stream, lane.subject);
    long atMost = ready + delayedInStream();
    return atMost + MARGIN < limit ? limit - atMost : limit - ready - count();
  }

  /** How many delayed tasks the stream has; very many if this client may not know. */
  private long delayedInStream() {
    int epoch = session.link.epoch();
    if (deniedInEpoch == epoch) {
      return UNKNOWN;
    }
    try {
      ConsumerInfo info =
          session.admin.ask(
              "look at the delayed tasks",
              "CONSUMER.INFO." + lane.stream + "." + PartitionAddress.LATER_CONSUMER,
              management ->
                  management.getConsumerInfo(lane.stream, PartitionAddress.LATER_CONSUMER),
              JetStreamApi.CONSUMER_NOT_FOUND);
      return info == null ? UNKNOWN : info.getNumPending() + info.getNumAckPending();
    } catch (PermissionDeniedException e) {
      deniedInEpoch = epoch;
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
  public boolean cancel(String taskId) {
    if (session.options.bareSubjects()) {
      return false;
    }
    StoredMessage stored =
        session.admin.last(
            "look at delayed task " + taskId, lane.stream, lane.laterSubject(taskId));
    if (stored == null) {
      return false;
    }
    PushReceipt note = session.replies.call(note(taskId, stored.sequence()));
    if (note.duplicate()) {
      return false;
    }
    session.admin.ask(
        "remove delayed task " + taskId,
        "STREAM.MSG.DELETE." + lane.stream,
        management -> management.deleteMessage(lane.stream, stored.sequence(), false),
        JetStreamApi.MESSAGE_NOT_FOUND,
        NO_SUCH_SEQUENCE);
    return true;
  }

  private StoreRequest note(String taskId, long sequence) {
    Map<String, String> headers =
        Map.of(
            PartitionAddress.MESSAGE_ID_HEADER,
                PartitionAddress.dueMessageId(lane.partition, sequence),
            PartitionAddress.CANCELLED_HEADER, Instant.now().toString());
    return new StoreRequest(
        taskId, "cancellation of delayed task ", lane.cancelledSubject(taskId), headers, NOTHING);
  }
}
