package dev.jetlane.nats.layout;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.nats.NatsOptions;
import io.nats.client.api.StreamConfiguration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How the partitions of a queue are spread over its streams. Stream 0 bears the queue's own name
 * and says how many there are, so that a client that believes in another number finds out before it
 * does anything.
 *
 * <p>The number is in the description, because that is what every server keeps: metadata came with
 * 2.10.
 */
public final class StreamLayout {

  /** Said by stream 0 while the tasks of one stream are being spread over more. */
  public static final int MOVING = -1;

  private static final Pattern MARK = Pattern.compile("jetlane stream (\\d{1,4}) of (\\d{1,4})");
  private static final Pattern MOVING_MARK = Pattern.compile("jetlane moving to (\\d{1,4})");
  private static final int FNV_OFFSET = 0x811c9dc5;
  private static final int FNV_PRIME = 0x01000193;

  private static final String FORMAT_KEY = "jetlane.wire";
  private static final String FORMAT_VERSION = "1";

  /** What a stream says of the format that is stored in it: see {@code WIRE.md}. */
  public static final Map<String, String> FORMAT = Map.of(FORMAT_KEY, FORMAT_VERSION);

  private StreamLayout() {}

  /**
   * Makes sure that what is stored in a stream can be read. A stream that says nothing has the
   * first version.
   *
   * @throws ConfigDriftException if it says that it has another one
   */
  public static void requireKnownFormat(StreamConfiguration found) {
    Map<String, String> metadata = found.getMetadata();
    String version = metadata == null ? null : metadata.get(FORMAT_KEY);
    if (version != null && !version.equals(FORMAT_VERSION)) {
      throw new ConfigDriftException(
          "stream "
              + found.getName()
              + " has version "
              + version
              + " of the stored format, and this client knows version "
              + FORMAT_VERSION,
          null);
    }
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

  public static String name(NatsOptions options, int index) {
    return index == 0 ? options.stream() : options.stream() + "-" + index;
  }

  /**
   * What the subjects of the partitions of one stream start with. No two streams of any number
   * meet, and those of one stream meet those of many, so that a server refuses to have both.
   */
  public static String prefix(NatsOptions options, int index) {
    if (options.bareSubjects()) {
      return "";
    }
    return options.streams() == 1
        ? options.subjectPrefix() + "."
        : options.subjectPrefix() + "." + index + ".";
  }

  public static String subjects(NatsOptions options, int index) {
    return prefix(options, index) + ">";
  }

  /** The description of a stream; none if it is the only one. */
  public static @Nullable String mark(int index, int streams) {
    return streams == 1 ? null : "jetlane stream " + index + " of " + streams;
  }

  public static String movingMark(int streams) {
    return "jetlane moving to " + streams + " streams: run the move again to finish it";
  }

  /** How many streams there are according to stream 0; {@link #MOVING} while that changes. */
  public static int count(@Nullable String description) {
    if (description == null) {
      return 1;
    }
    if (MOVING_MARK.matcher(description).find()) {
      return MOVING;
    }
    Matcher matcher = MARK.matcher(description);
    return matcher.find() ? Integer.parseInt(matcher.group(2)) : 1;
  }

  /** What a move that was begun is going to. */
  public static int movingTo(@Nullable String description) {
    Matcher matcher = MOVING_MARK.matcher(description == null ? "" : description);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }
}
