package dev.jetlane.nats.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where a queue is on a server: its streams and their subjects.
 *
 * @param stream the first stream, which says in its description how many there are ({@link
 *     StreamMarks})
 * @param subjectPrefix what all subjects start with
 * @param bare whether the subject of a partition is its name alone, without the prefix
 * @param streams how many streams the partitions are spread over
 * @param priorities how many subjects and consumers a partition has
 * @param apiPrefix what the subjects of requests to JetStream start with, with the last dot
 */
public record QueueLayout(
    String stream,
    String subjectPrefix,
    boolean bare,
    int streams,
    int priorities,
    String apiPrefix) {

  /** Of the account and the domain that a client is connected to. */
  public static final String OWN_API = "$JS.API.";

  private static final Pattern API_OF_DOMAIN = Pattern.compile("\\$JS\\.[^.]+\\.API\\.");

  private static final int FNV_OFFSET = 0x811c9dc5;
  private static final int FNV_PRIME = 0x01000193;

  /** This queue with its partitions spread over another number of streams. */
  public QueueLayout withStreams(int count) {
    return new QueueLayout(stream, subjectPrefix, bare, count, priorities, apiPrefix);
  }

  /** This queue with partitions of another number of priorities. */
  public QueueLayout withPriorities(int count) {
    return new QueueLayout(stream, subjectPrefix, bare, streams, count, apiPrefix);
  }

  /** Whether requests go to a JetStream domain that the client named. */
  public boolean isOfDomain() {
    return API_OF_DOMAIN.matcher(apiPrefix).matches();
  }

  /** Where requests for the messages of a consumer go. */
  public String nextSubject(String ofStream, String consumer) {
    return apiPrefix + "CONSUMER.MSG.NEXT." + ofStream + "." + consumer;
  }

  /**
   * Which stream a partition is in: FNV-1a over the bytes of its name (32 bits), mixed as at the
   * end of Murmur3, unsigned, modulo the number of streams. Never to be changed: tasks are where it
   * says.
   */
  public static int indexOf(String partition, int streams) {
    int hash = FNV_OFFSET;
    for (int i = 0; i < partition.length(); i++) {
      hash = (hash ^ partition.charAt(i)) * FNV_PRIME;
    }
    // Names that differ in a digit only would otherwise fill few of the streams.
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    hash ^= hash >>> 16;
    return Integer.remainderUnsigned(hash, streams);
  }

  /** A partition in priority 0. */
  public PartitionAddress address(String partition) {
    return new PartitionAddress(this, partition, 0);
  }

  /** A partition in each priority, from 0. */
  public List<PartitionAddress> addresses(String partition) {
    List<PartitionAddress> all = new ArrayList<>();
    for (int priority = 0; priority < priorities; priority++) {
      all.add(new PartitionAddress(this, partition, priority));
    }
    return List.copyOf(all);
  }

  /** The partition and priority that a consumer of this name is of, if it is one of a partition. */
  public PartitionAddress ofConsumer(String consumer) {
    int at = consumer.indexOf('@');
    boolean higher = at > 0 && consumer.substring(at + 1).matches("[1-9]");
    return higher
        ? new PartitionAddress(this, consumer.substring(0, at), consumer.charAt(at + 1) - '0')
        : address(consumer);
  }

  /** The name of a stream of tasks. */
  public String streamName(int index) {
    return index == 0 ? stream : stream + "-" + index;
  }

  /**
   * What the subjects of the partitions of one stream start with. No two streams of any number
   * meet, and those of one stream meet those of many, so that a server refuses to have both.
   */
  public String prefix(int index) {
    if (bare) {
      return "";
    }
    return streams == 1 ? subjectPrefix + "." : subjectPrefix + "." + index + ".";
  }

  /** All subjects of a stream of tasks. */
  public String subjects(int index) {
    return prefix(index) + ">";
  }

  /** Under the wildcard of the stream, and apart from what the partitions' consumers ask for. */
  public String delayedSubjects(int index) {
    return prefix(index) + "*" + PartitionAddress.DELAYED + ">";
  }

  /** The stream of the dead letters of all partitions. */
  public String deadStream() {
    return stream + "-dead";
  }

  /** All subjects of the stream of the dead letters. */
  public String deadSubjects() {
    return subjectPrefix + "-dead.>";
  }
}
