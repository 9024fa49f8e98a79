package dev.jetlane.nats;

import dev.jetlane.Limits;
import io.nats.client.api.ConsumerConfiguration;
import dev.jetlane.nats.layout.TaskHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names of one partition on the wire, and of one priority of it: each has a subject and a
 * consumer. Those of priority 0 are the names of a partition without priorities.
 */
final class Lane {

  /** Header of a task whose id is not in its message id, because it was redriven. */
  static final String ID_HEADER = "Jetlane-Id";

  static final String ATTEMPTS_HEADER = "Jetlane-Attempts";
  static final String REASON_HEADER = "Jetlane-Reason";
  static final String TIME_HEADER = "Jetlane-Time";

  /** How long after it was stored a task is due, as ISO-8601. */
  static final String DELAY_HEADER = "Jetlane-Delay";

  /** The priority of a delayed task and of a dead letter; none is 0. */
  static final String PRIORITY_HEADER = "Jetlane-Priority";

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
  private static final Pattern MARK = Pattern.compile("jetlane priorities: (\\d{1,2})");
  private static final String LATER = ".@later.";
  private static final String PRIORITY = ".@priority.";

  final String partition;
  final int priority;

  /** The durable consumer: it bears the partition's name, and its priority if that is not 0. */
  final String consumer;

  /** Which of the queue's streams it is in. */
  final int index;

  final String stream;
  final String subject;

  /** What the partition's subjects start with: that of priority 0. */
  private final String firstSubject;

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
    this(options, partition, 0);
  }

  Lane(NatsOptions options, String partition, int priority) {
    this.partition = partition;
    this.priority = priority;
    consumer = consumer(partition, priority);
    index = Streams.indexOf(partition, options.streams());
    stream = Streams.name(options, index);
    firstSubject = Streams.prefix(options, index) + partition;
    subject = subject(firstSubject, priority);
    nextSubject = "$JS.API.CONSUMER.MSG.NEXT." + stream + "." + consumer;
    ackPrefix = "$JS.ACK." + stream + "." + consumer + ".";
    leaseNanos = options.queue().lease().toNanos();
    maxOutstanding = options.queue().maxOutstanding();
    messageIdPrefix = partition + TASK;
    deadStream = deadStream(options);
    deadPrefix = options.subjectPrefix() + "-dead." + partition + ".";
  }

  /** What has this consumer, if it is one of a partition. */
  static Lane ofConsumer(NatsOptions options, String consumer) {
    int at = consumer.indexOf('@');
    boolean higher = at > 0 && consumer.substring(at + 1).matches("[1-9]");
    return higher
        ? new Lane(options, consumer.substring(0, at), consumer.charAt(at + 1) - '0')
        : new Lane(options, consumer);
  }

  /** This partition in every priority that the queue has. */
  static Lane[] all(NatsOptions options, String partition) {
    Lane[] lanes = new Lane[options.queue().priorities()];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = new Lane(options, partition, i);
    }
    return lanes;
  }

  /** No partition can have the name of one with a priority. */
  private static String consumer(String partition, int priority) {
    return priority == 0 ? partition : partition + "@" + priority;
  }

  /** The subject of one priority of the partition that has this one. */
  static String subject(String firstSubject, int priority) {
    return priority == 0 ? firstSubject : firstSubject + PRIORITY + priority;
  }

  /** The priority in a header of ours; 0 if it has none that the queue has. */
  static int priority(TaskHeaders headers, NatsOptions options) {
    String text = headers.first(PRIORITY_HEADER);
    int priority = text != null && text.matches("[0-9]") ? Integer.parseInt(text) : 0;
    return Math.min(priority, options.queue().priorities() - 1);
  }

  /**
   * The description of the consumer of priority 0; none if there is no other. It is where a client
   * sees how many there are, and what every server keeps.
   */
  static @Nullable String mark(int priorities) {
    return priorities == 1 ? null : "jetlane priorities: " + priorities;
  }

  /** How many priorities there are according to that description. */
  static int priorities(@Nullable String description) {
    Matcher matcher = MARK.matcher(description == null ? "" : description);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 1;
  }

  /** The subjects of all priorities but 0. */
  String allPrioritySubjects() {
    return firstSubject + PRIORITY + "*";
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
    return firstSubject + LATER + Base64.getUrlEncoder().withoutPadding().encodeToString(id);
  }

  /** Where the note goes that a delayed task was cancelled. */
  String cancelledSubject(String taskId) {
    return laterSubject(taskId) + ".off";
  }

  /** The delayed tasks of the partition, without the notes. */
  String allLaterOfPartition() {
    return firstSubject + LATER + "*";
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

  /** How long after it was stored a task is due: what cannot be read is due immediately. */
  static Duration delay(TaskHeaders headers) {
    String text = headers.first(DELAY_HEADER);
    try {
      Duration delay = text == null ? Duration.ZERO : Duration.parse(text);
      return delay.isNegative()
          ? Duration.ZERO
          : delay.compareTo(Limits.MAX_PUSH_DELAY) > 0 ? Limits.MAX_PUSH_DELAY : delay;
    } catch (DateTimeParseException e) {
      return Duration.ZERO;
    }
  }

  /** Whether another client's text can be the id of a task. */
  static boolean isTaskId(String text) {
    if (text.isEmpty() || text.length() > Limits.MAX_ID) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '!' || text.charAt(i) > '~') {
        return false;
      }
    }
    return true;
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
