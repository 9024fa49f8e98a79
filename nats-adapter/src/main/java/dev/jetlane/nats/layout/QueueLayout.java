// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The layout of a queue on a server: its streams and their subjects.
 *
 * @param stream the first stream, whose description has the number of streams ({@link StreamMarks})
 * @param subjectPrefix the prefix of all subjects
 * @param bare whether the subject of a partition is its name alone, without the prefix
 * @param streams the number of streams over which the partitions are spread
 * @param priorities the number of subjects and consumers of a partition
 * @param apiPrefix the prefix of the subjects of JetStream requests, with its last dot
 */
public record QueueLayout(
    String stream,
    String subjectPrefix,
    boolean bare,
    int streams,
    int priorities,
    String apiPrefix) {

  /** The prefix for the account and domain of the connection. */
  public static final String OWN_API = "$JS.API.";

  private static final Pattern API_OF_DOMAIN = Pattern.compile("\\$JS\\.[^.]+\\.API\\.");

  private static final int FNV_OFFSET = 0x811c9dc5;
  private static final int FNV_PRIME = 0x01000193;

  /** Returns this layout with another number of streams. */
  public QueueLayout withStreams(int count) {
    return new QueueLayout(stream, subjectPrefix, bare, count, priorities, apiPrefix);
  }

  /** Returns this layout with another number of priorities. */
  public QueueLayout withPriorities(int count) {
    return new QueueLayout(stream, subjectPrefix, bare, streams, count, apiPrefix);
  }

  /** Returns whether requests go to a JetStream domain that the client named. */
  public boolean isOfDomain() {
    return API_OF_DOMAIN.matcher(apiPrefix).matches();
  }

  /** Returns whether requests cross into another domain or account. */
  public boolean isElsewhere() {
    return !apiPrefix.equals(OWN_API);
  }

  /** Returns the subject of pull requests to a consumer. */
  public String nextSubject(String ofStream, String consumer) {
    return apiPrefix + "CONSUMER.MSG.NEXT." + ofStream + "." + consumer;
  }

  /**
   * Returns the number of the stream of a partition: FNV-1a over the bytes of its name (32 bits),
   * mixed as at the end of Murmur3, unsigned, modulo the number of streams. Must never change,
   * because stored tasks depend on it.
   */
  public static int indexOf(String partition, int streams) {
    int hash = FNV_OFFSET;
    for (int i = 0; i < partition.length(); i++) {
      hash = (hash ^ partition.charAt(i)) * FNV_PRIME;
    }
    // Without the mixer, names that differ only in a digit would use only a few of the streams.
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    hash ^= hash >>> 16;
    return Integer.remainderUnsigned(hash, streams);
  }

  /** Returns the address of a partition, with priority 0. */
  public PartitionAddress address(String partition) {
    return new PartitionAddress(this, partition, 0);
  }

  /** Returns the addresses of a partition, by priority from 0. */
  public List<PartitionAddress> addresses(String partition) {
    List<PartitionAddress> all = new ArrayList<>();
    for (int priority = 0; priority < priorities; priority++) {
      all.add(new PartitionAddress(this, partition, priority));
    }
    return List.copyOf(all);
  }

  /** Returns the partition and priority of a consumer with this name. */
  public PartitionAddress ofConsumer(String consumer) {
    int at = consumer.indexOf('@');
    boolean higher = at > 0 && consumer.substring(at + 1).matches("[1-9]");
    return higher
        ? new PartitionAddress(this, consumer.substring(0, at), consumer.charAt(at + 1) - '0')
        : address(consumer);
  }

  /** Returns the name of a stream of tasks. */
  public String streamName(int index) {
    return index == 0 ? stream : stream + "-" + index;
  }

  /**
   * Returns the prefix of the partitions' subjects in a stream. The subjects of several streams do
   * not overlap. Those of a single stream overlap with those of several, so that a server refuses
   * both at the same time.
   */
  public String prefix(int index) {
    if (bare) {
      return "";
    }
    return streams == 1 ? subjectPrefix + "." : subjectPrefix + "." + index + ".";
  }

  /** Returns all subjects of a stream of tasks. */
  public String subjects(int index) {
    return prefix(index) + ">";
  }

  /**
   * Returns the subjects of delayed tasks: under the wildcard of the stream, and not read by the
   * consumers of partitions.
   */
  public String delayedSubjects(int index) {
    return prefix(index) + "*" + PartitionAddress.DELAYED + ">";
  }

  /** Returns the stream of the dead letters of all partitions. */
  public String deadStream() {
    return stream + "-dead";
  }

  /** Returns all subjects of the stream of the dead letters. */
  public String deadSubjects() {
    return subjectPrefix + "-dead.>";
  }
}
