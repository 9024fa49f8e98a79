package dev.jetlane.nats;

import dev.jetlane.Limits;
import io.nats.client.api.ConsumerConfiguration;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** The names of one partition on the wire. */
final class Lane {

  /** Header of a task whose id is not in its message id, because it was redriven. */
  static final String ID_HEADER = "Jetlane-Id";

  static final String ATTEMPTS_HEADER = "Jetlane-Attempts";
  static final String REASON_HEADER = "Jetlane-Reason";
  static final String TIME_HEADER = "Jetlane-Time";

  /** How long after it was stored a task is due, as ISO-8601. */
  static final String DELAY_HEADER = "Jetlane-Delay";

  /** Marks what is not a task, but the note that one was cancelled. */
  static final String CANCELLED_HEADER = "Jetlane-Cancelled";

  /** The consumer of what is delayed, one per stream. No partition can have this name. */
  static final String LATER_CONSUMER = "@later";

  /** The server's own header for the dedup window. */
  static final String MESSAGE_ID_HEADER = "Nats-Msg-Id";

  /**
   * A partition name contains neither: what follows them is a task id, or the id of a dead letter.
   */
  private static final char TASK = '/';

  private static final char REDRIVEN = '!';

  /** Longer than any process runs. */
  static final long NEVER_NANOS = Long.MAX_VALUE / 2;

  private static final String MOVED = "!moved-";
  private static final char DUE = '~';
  private static final String LATER = ".@later.";

  final String partition;

  /** Which of the queue's streams it is in. */
  final int index;

  final String stream;
  final String subject;
  final String nextSubject;

  /** What the reply subject of each of its messages starts with, up to the delivery count. */
  final String ackPrefix;

  /** What the message id of a task starts with, up to the task id. */
  final String messageIdPrefix;

  final String deadStream;
  private final String deadPrefix;

  /** As wanted, or as the server has it where a difference is accepted. */
  volatile long leaseNanos;

  volatile int maxOutstanding;

  /** When a pull last went well, empty or not; {@link #NEVER_NANOS} ago if none did. */
  volatile long pulledAtNanos = System.nanoTime() - NEVER_NANOS;

  /** The last pull, if it failed. */
  volatile @Nullable FailedPull failedPull;

  Lane(NatsOptions options, String partition) {
    this.partition = partition;
    index = Streams.indexOf(partition, options.streams());
    stream = Streams.name(options, index);
    subject = Streams.prefix(options, index) + partition;
    nextSubject = "$JS.API.CONSUMER.MSG.NEXT." + stream + "." + partition;
    ackPrefix = "$JS.ACK." + stream + "." + partition + ".";
    leaseNanos = options.queue().lease().toNanos();
    maxOutstanding = options.queue().maxOutstanding();
    messageIdPrefix = partition + TASK;
    deadStream = deadStream(options);
    deadPrefix = options.subjectPrefix() + "-dead." + partition + ".";
  }

  /** The consumer is there with these settings. */
  void accept(ConsumerConfiguration consumer) {
    leaseNanos = consumer.getAckWait().toNanos();
    long max = consumer.getMaxAckPending();
    maxOutstanding =
        max <= 0 ? Limits.MAX_OUTSTANDING : (int) Math.min(max, Limits.MAX_OUTSTANDING);
  }

  /** Under the wildcard of the stream, and apart from what the partitions' consumers ask for. */
  static String allLaterSubjects(NatsOptions options, int index) {
    return Streams.prefix(options, index) + "*" + LATER + ">";
  }

  static String deadStream(NatsOptions options) {
    return options.stream() + "-dead";
  }

  static String allDeadSubjects(NatsOptions options) {
    return options.subjectPrefix() + "-dead.>";
  }

  /**
   * The dedup window is per stream (semantics measured on 2.9, 2.10 and 2.15), so the id carries
   * the partition.
   */
  String messageId(String taskId) {
    return messageIdPrefix + taskId;
  }

  /**
   * Never equal to the message id of a push, so that the dedup window of the first push does not
   * apply.
   */
  String redriveMessageId(String letterId) {
    return partition + REDRIVEN + letterId;
  }

  /** For a task that goes from one subject of a stream to another. */
  String movedMessageId(String place) {
    return partition + MOVED + place;
  }

  /**
   * What a delayed task is stored under when it is due. Whoever uses it first decides: a mover, or
   * a cancellation.
   */
  static String dueMessageId(String partition, long sequence) {
    return partition + DUE + sequence;
  }

  /** A subject for each delayed task, so that it can be found by its id. */
  String laterSubject(String taskId) {
    byte[] id = taskId.getBytes(StandardCharsets.US_ASCII);
    return subject + LATER + Base64.getUrlEncoder().withoutPadding().encodeToString(id);
  }

  /** Where the note goes that a delayed task was cancelled. */
  String cancelledSubject(String taskId) {
    return laterSubject(taskId) + ".off";
  }

  /** The delayed tasks of the partition, without the notes. */
  String allLaterOfPartition() {
    return subject + LATER + "*";
  }

  /** As {@link #taskIdIn(String)}, of any partition. */
  static @Nullable String taskIdIn(String messageId, String partition) {
    String prefix = partition + TASK;
    return messageId.startsWith(prefix) ? messageId.substring(prefix.length()) : null;
  }

  /** The task id in a message id of ours, or null. */
  @Nullable String taskIdIn(String messageId) {
    int at = messageIdPrefix.length();
    boolean ours = messageId.length() > at && messageId.startsWith(messageIdPrefix);
    return ours ? messageId.substring(at) : null;
  }

  String deadSubject(String letterId) {
    return deadPrefix + letterId;
  }

  String allDeadOfPartition() {
    return deadPrefix + ">";
  }

  String letterId(String deadSubject) {
    return deadSubject.substring(deadPrefix.length());
  }
}
