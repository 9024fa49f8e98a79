package dev.jetlane.nats.layout;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The names of one partition on the server, in one priority: each has a subject and a consumer.
 * Those of priority 0 are the names of a partition without priorities. Immutable.
 */
public final class PartitionAddress {

  /** The consumer of the delayed tasks, one per stream. No partition can have this name. */
  public static final String DELAYED_CONSUMER = "@later";

  static final String DELAYED = ".@later.";

  /**
   * A partition name contains none of these: what follows them is a task id, the id of a dead
   * letter, or a place in a stream.
   */
  private static final char TASK = '/';

  private static final char REDRIVEN = '!';
  private static final char DUE = '~';
  private static final String MOVED = "!moved-";
  private static final String PRIORITY = ".@priority.";

  public final String partition;
  public final int priority;

  /** The durable consumer: it bears the partition's name, and its priority if that is not 0. */
  public final String consumer;

  /** Which of the queue's streams it is in. */
  public final int index;

  public final String stream;
  public final String subject;

  /** Where pull requests go. */
  public final String nextSubject;

  /** What the reply subject of each of its messages starts with, up to the delivery count. */
  public final String ackPrefix;

  /** What the message id of a task starts with, up to the task id. */
  public final String messageIdPrefix;

  public final String deadStream;

  /** What the partition's subjects start with: that of priority 0. */
  private final String firstSubject;

  private final String deadPrefix;

  PartitionAddress(QueueLayout layout, String partition, int priority) {
    this.partition = partition;
    this.priority = priority;
    // No partition can have the name of one with a priority.
    consumer = priority == 0 ? partition : partition + "@" + priority;
    index = QueueLayout.indexOf(partition, layout.streams());
    stream = layout.streamName(index);
    firstSubject = layout.prefix(index) + partition;
    subject = subject(firstSubject, priority);
    nextSubject = layout.nextSubject(stream, consumer);
    ackPrefix = ackPrefix(stream, consumer);
    messageIdPrefix = partition + TASK;
    deadStream = layout.deadStream();
    deadPrefix = layout.subjectPrefix() + "-dead." + partition + ".";
  }

  /** What the reply subjects of the messages of a consumer start with. */
  public static String ackPrefix(String stream, String consumer) {
    return "$JS.ACK." + stream + "." + consumer + ".";
  }

  /** The subject of one priority of the partition whose subject of priority 0 this is. */
  public static String subject(String firstSubject, int priority) {
    return priority == 0 ? firstSubject : firstSubject + PRIORITY + priority;
  }

  /** The subjects of all priorities but 0. */
  public String prioritySubjects() {
    return firstSubject + PRIORITY + "*";
  }

  /**
   * The dedup window is per stream (measured on 2.9, 2.10 and 2.15), so the id carries the
   * partition.
   */
  public String messageId(String taskId) {
    return messageIdPrefix + taskId;
  }

  /** The task id in a message id of ours, or null. */
  public @Nullable String taskIdIn(String messageId) {
    int at = messageIdPrefix.length();
    boolean ours = messageId.length() > at && messageId.startsWith(messageIdPrefix);
    return ours ? messageId.substring(at) : null;
  }

  /** As {@link #taskIdIn(String)}, of any partition. */
  public static @Nullable String taskIdIn(String messageId, String partition) {
    String prefix = partition + TASK;
    return messageId.startsWith(prefix) ? messageId.substring(prefix.length()) : null;
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
   * The message id of a delayed task when it is stored as due. The first to use it decides: a
   * mover, or a cancellation.
   */
  public static String dueMessageId(String partition, long sequence) {
    return partition + DUE + sequence;
  }

  /** A subject for each delayed task, so that it can be found by its id. */
  public String delayedSubject(String taskId) {
    byte[] id = taskId.getBytes(StandardCharsets.US_ASCII);
    return firstSubject + DELAYED + Base64.getUrlEncoder().withoutPadding().encodeToString(id);
  }

  /** Where the note goes that a delayed task was cancelled. */
  public String cancelledSubject(String taskId) {
    return delayedSubject(taskId) + ".off";
  }

  /** The delayed tasks of the partition, without the notes. */
  public String delayedSubjects() {
    return firstSubject + DELAYED + "*";
  }

  public String deadSubject(String letterId) {
    return deadPrefix + letterId;
  }

  /** The dead letters of the partition. */
  public String deadSubjects() {
    return deadPrefix + ">";
  }

  public String letterId(String deadSubject) {
    return deadSubject.substring(deadPrefix.length());
  }
}
