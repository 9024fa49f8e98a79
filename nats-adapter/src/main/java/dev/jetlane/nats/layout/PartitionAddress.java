package dev.jetlane.nats.layout;

import dev.jetlane.Limits;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.pull.FailedPull;
import io.nats.client.api.ConsumerConfiguration;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names of one partition on the wire, and of one priority of it: each has a subject and a
 * consumer. Those of priority 0 are the names of a partition without priorities.
 */
public final class PartitionAddress {

  /** Header of a task whose id is not in its message id, because it was redriven. */
  public static final String ID_HEADER = "Jetlane-Id";

  public static final String ATTEMPTS_HEADER = "Jetlane-Attempts";
  public static final String REASON_HEADER = "Jetlane-Reason";

  /** How long after it was stored a task is due, as ISO-8601. */
  public static final String DELAY_HEADER = "Jetlane-Delay";

  /** When a delayed task that was moved to another stream is due, as ISO-8601. */
  public static final String DUE_HEADER = "Jetlane-Due";

  /** The priority of a delayed task and of a dead letter; none is 0. */
  public static final String PRIORITY_HEADER = "Jetlane-Priority";

  /** Marks what is not a task, but the note that one was cancelled. */
  public static final String CANCELLED_HEADER = "Jetlane-Cancelled";

  /** The consumer of what is delayed, one per stream. No partition can have this name. */
  public static final String LATER_CONSUMER = "@later";

  /** The server's own header for the dedup window. */
  public static final String MESSAGE_ID_HEADER = "Nats-Msg-Id";

  /**
   * A partition name contains neither: what follows them is a task id, or the id of a dead letter.
   */
  private static final char TASK = '/';

  private static final char REDRIVEN = '!';

  /** Longer than any process runs. */
  public static final long NEVER_NANOS = Long.MAX_VALUE / 2;

  private static final String MOVED = "!moved-";
  private static final char DUE = '~';
  private static final Pattern MARK = Pattern.compile("jetlane priorities: (\\d{1,2})");
  private static final String LATER = ".@later.";
  private static final String PRIORITY = ".@priority.";

  public final String partition;
  public final int priority;

  /** The durable consumer: it bears the partition's name, and its priority if that is not 0. */
  public final String consumer;

  /** Which of the queue's streams it is in. */
  public final int index;

  public final String stream;
  public final String subject;

  /** What the partition's subjects start with: that of priority 0. */
  private final String firstSubject;

  public final String nextSubject;

  /** What the reply subject of each of its messages starts with, up to the delivery count. */
  public final String ackPrefix;

  /** What the message id of a task starts with, up to the task id. */
  public final String messageIdPrefix;

  public final String deadStream;
  private final String deadPrefix;

  /** As wanted, or as the server has it where a difference is accepted. */
  public volatile long leaseNanos;

  public volatile int maxOutstanding;

  /** When a pull last went well, empty or not; {@link #NEVER_NANOS} ago if none did. */
  public volatile long pulledAtNanos = System.nanoTime() - NEVER_NANOS;

  /** The last push, if it failed for a reason that is the server's; nobody resets it but a push. */
  public volatile @Nullable FailedPush failedPush;

  /** The last pull, if it failed. */
  public volatile @Nullable FailedPull failedPull;

  public PartitionAddress(NatsOptions options, String partition) {
    this(options, partition, 0);
  }

  public PartitionAddress(NatsOptions options, String partition, int priority) {
    this.partition = partition;
    this.priority = priority;
    consumer = consumer(partition, priority);
    index = StreamLayout.indexOf(partition, options.streams());
    stream = StreamLayout.name(options, index);
    firstSubject = StreamLayout.prefix(options, index) + partition;
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
  public static PartitionAddress ofConsumer(NatsOptions options, String consumer) {
    int at = consumer.indexOf('@');
    boolean higher = at > 0 && consumer.substring(at + 1).matches("[1-9]");
    return higher
        ? new PartitionAddress(options, consumer.substring(0, at), consumer.charAt(at + 1) - '0')
        : new PartitionAddress(options, consumer);
  }

  /** This partition in every priority that the queue has. */
  public static PartitionAddress[] all(NatsOptions options, String partition) {
    PartitionAddress[] lanes = new PartitionAddress[options.queue().priorities()];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = new PartitionAddress(options, partition, i);
    }
    return lanes;
  }

  /** No partition can have the name of one with a priority. */
  private static String consumer(String partition, int priority) {
    return priority == 0 ? partition : partition + "@" + priority;
  }

  /** The subject of one priority of the partition that has this one. */
  public static String subject(String firstSubject, int priority) {
    return priority == 0 ? firstSubject : firstSubject + PRIORITY + priority;
  }

  /** The priority in a header of ours; 0 if it has none that the queue has. */
  public static int priority(TaskHeaders headers, NatsOptions options) {
    String text = headers.first(PRIORITY_HEADER);
    int priority = text != null && text.matches("[0-9]") ? Integer.parseInt(text) : 0;
    return Math.min(priority, options.queue().priorities() - 1);
  }

  /**
   * The description of the consumer of priority 0; none if there is no other. It is where a client
   * sees how many there are, and what every server keeps.
   */
  public static @Nullable String mark(int priorities) {
    return priorities == 1 ? null : "jetlane priorities: " + priorities;
  }

  /** How many priorities there are according to that description. */
  public static int priorities(@Nullable String description) {
    Matcher matcher = MARK.matcher(description == null ? "" : description);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 1;
  }

  /** The subjects of all priorities but 0. */
  public String allPrioritySubjects() {
    return firstSubject + PRIORITY + "*";
  }

  /** The consumer is there with these settings. */
  public void accept(ConsumerConfiguration consumer) {
    leaseNanos = consumer.getAckWait().toNanos();
    long max = consumer.getMaxAckPending();
    maxOutstanding =
        max <= 0 ? Limits.MAX_OUTSTANDING : (int) Math.min(max, Limits.MAX_OUTSTANDING);
  }

  /** Under the wildcard of the stream, and apart from what the partitions' consumers ask for. */
  public static String allLaterSubjects(NatsOptions options, int index) {
    return StreamLayout.prefix(options, index) + "*" + LATER + ">";
  }

  public static String deadStream(NatsOptions options) {
    return options.stream() + "-dead";
  }

  public static String allDeadSubjects(NatsOptions options) {
    return options.subjectPrefix() + "-dead.>";
  }

  /**
   * The dedup window is per stream (semantics measured on 2.9, 2.10 and 2.15), so the id carries
   * the partition.
   */
  public String messageId(String taskId) {
    return messageIdPrefix + taskId;
  }

  /**
   * Never equal to the message id of a push, so that the dedup window of the first push does not
   * apply.
   */
  public String redriveMessageId(String letterId) {
    return partition + REDRIVEN + letterId;
  }

  /** For a task that goes from one subject of a stream to another. */
  public String movedMessageId(String place) {
    return partition + MOVED + place;
  }

  /**
   * What a delayed task is stored under when it is due. Whoever uses it first decides: a mover, or
   * a cancellation.
   */
  public static String dueMessageId(String partition, long sequence) {
    return partition + DUE + sequence;
  }

  /** A subject for each delayed task, so that it can be found by its id. */
  public String laterSubject(String taskId) {
    byte[] id = taskId.getBytes(StandardCharsets.US_ASCII);
    return firstSubject + LATER + Base64.getUrlEncoder().withoutPadding().encodeToString(id);
  }

  /** Where the note goes that a delayed task was cancelled. */
  public String cancelledSubject(String taskId) {
    return laterSubject(taskId) + ".off";
  }

  /** The delayed tasks of the partition, without the notes. */
  public String allLaterOfPartition() {
    return firstSubject + LATER + "*";
  }

  /** As {@link #taskIdIn(String)}, of any partition. */
  public static @Nullable String taskIdIn(String messageId, String partition) {
    String prefix = partition + TASK;
    return messageId.startsWith(prefix) ? messageId.substring(prefix.length()) : null;
  }

  /** The task id in a message id of ours, or null. */
  public @Nullable String taskIdIn(String messageId) {
    int at = messageIdPrefix.length();
    boolean ours = messageId.length() > at && messageId.startsWith(messageIdPrefix);
    return ours ? messageId.substring(at) : null;
  }

  /** How long after it was stored a task is due: what cannot be read is due immediately. */
  public static Duration delay(TaskHeaders headers) {
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

  /** When a delayed task is due, by the clock of the server that stored it at that time. */
  public static Instant due(TaskHeaders headers, Instant storedAt) {
    String text = headers.first(DUE_HEADER);
    try {
      Instant latest = storedAt.plus(Limits.MAX_PUSH_DELAY);
      Instant due = text == null ? storedAt.plus(delay(headers)) : Instant.parse(text);
      return due.isAfter(latest) ? latest : due.isBefore(storedAt) ? storedAt : due;
    } catch (DateTimeParseException e) {
      return storedAt.plus(delay(headers));
    }
  }

  /** As {@link #due}, in nanoseconds since 1970. */
  public static long dueNanos(TaskHeaders headers, long storedAtNanos) {
    Instant due = due(headers, Instant.ofEpochSecond(0, storedAtNanos));
    return TimeUnit.SECONDS.toNanos(due.getEpochSecond()) + due.getNano();
  }

  /** Whether another client's text can be the id of a task. */
  public static boolean isTaskId(String text) {
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

  public String deadSubject(String letterId) {
    return deadPrefix + letterId;
  }

  public String allDeadOfPartition() {
    return deadPrefix + ">";
  }

  public String letterId(String deadSubject) {
    return deadSubject.substring(deadPrefix.length());
  }
}
