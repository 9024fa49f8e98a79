// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.layout;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The names of one partition on the server, for one priority: its subject and its consumer. Those
 * of priority 0 are the names of a partition without priorities. Immutable.
 */
public final class PartitionAddress {

  /** The consumer of the delayed tasks, one per stream. No partition can have this name. */
  public static final String DELAYED_CONSUMER = "@later";

  static final String DELAYED = ".@later.";

  /**
   * Separators that no partition name contains. A task id, the id of a dead letter, or a place in a
   * stream follows them.
   */
  private static final char TASK = '/';

  private static final char REDRIVEN = '!';
  private static final char DUE = '~';
  private static final String MOVED = "!moved-";
  private static final String PRIORITY = ".@priority.";

  public final String partition;
  public final int priority;

  /** The durable consumer: the name of the partition, and the priority if it is not 0. */
  public final String consumer;

  /** The number of its stream. */
  public final int index;

  public final String stream;
  public final String subject;

  /** The subject of pull requests. */
  public final String nextSubject;

  /** The prefix of the reply subject of each message, up to the delivery count. */
  public final String ackPrefix;

  /** The prefix of the message id of a task, up to the task id. */
  public final String messageIdPrefix;

  public final String deadStream;

  /** The prefix of the partition's subjects: the subject of priority 0. */
  private final String firstSubject;

  private final String deadPrefix;

  PartitionAddress(QueueLayout layout, String partition, int priority) {
    this.partition = partition;
    this.priority = priority;
    // No partition name can equal a name with a priority.
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

  /** Returns the prefix of the reply subjects of a consumer. */
  public static String ackPrefix(String stream, String consumer) {
    return "$JS.ACK." + stream + "." + consumer + ".";
  }

  /** Returns the subject of a priority, from that of priority 0. */
  public static String subject(String firstSubject, int priority) {
    return priority == 0 ? firstSubject : firstSubject + PRIORITY + priority;
  }

  /** Returns whether this is the subject of a priority other than 0. */
  public static boolean isOfPriority(String subject) {
    return subject.contains(PRIORITY);
  }

  /** Returns the subjects of all priorities except 0. */
  public String prioritySubjects() {
    return firstSubject + PRIORITY + "*";
  }

  /**
   * Returns the message id of a task. It contains the partition, because the dedup window is per
   * stream (measured on 2.9, 2.10 and 2.15).
   */
  public String messageId(String taskId) {
    return messageIdPrefix + taskId;
  }

  /** Returns the task id in a message id of this partition, or null. */
  public @Nullable String taskIdIn(String messageId) {
    int at = messageIdPrefix.length();
    boolean ours = messageId.length() > at && messageId.startsWith(messageIdPrefix);
    return ours ? messageId.substring(at) : null;
  }

  /** Like {@link #taskIdIn(String)}, for any partition. */
  public static @Nullable String taskIdIn(String messageId, String partition) {
    String prefix = partition + TASK;
    return messageId.startsWith(prefix) ? messageId.substring(prefix.length()) : null;
  }

  /**
   * Returns the message id of a redrive. It never equals that of a push, so that the dedup window
   * of the first push does not apply.
   */
  public String redriveMessageId(String letterId) {
    return partition + REDRIVEN + letterId;
  }

  /** Returns the message id of a task that is moved from one subject of a stream to another. */
  public String movedMessageId(String place) {
    return partition + MOVED + place;
  }

  /**
   * Returns the message id with which a due task is stored. A mover and a cancellation use the same
   * id, and the first of them wins.
   */
  public static String dueMessageId(String partition, long sequence) {
    return partition + DUE + sequence;
  }

  /** Returns the subject of a delayed task, by which it is found. */
  public String delayedSubject(String taskId) {
    byte[] id = taskId.getBytes(StandardCharsets.US_ASCII);
    return firstSubject + DELAYED + Base64.getUrlEncoder().withoutPadding().encodeToString(id);
  }

  /** Returns the subject of the note that a delayed task was cancelled. */
  public String cancelledSubject(String taskId) {
    return delayedSubject(taskId) + ".off";
  }

  /** Returns the subjects of the delayed tasks, without the notes. */
  public String delayedSubjects() {
    return firstSubject + DELAYED + "*";
  }

  public String deadSubject(String letterId) {
    return deadPrefix + letterId;
  }

  /** Returns the subjects of the dead letters. */
  public String deadSubjects() {
    return deadPrefix + ">";
  }

  public String letterId(String deadSubject) {
    return deadSubject.substring(deadPrefix.length());
  }
}
