package dev.jetlane.nats.layout;

import dev.jetlane.ConfigDriftException;
import io.nats.client.api.StreamConfiguration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the descriptions of streams and consumers say about the queue, so that a client with other
 * settings finds out before it does anything. Descriptions are what every server keeps: metadata
 * came with 2.10.
 */
public final class StreamMarks {

  /** The count of streams of a queue that is being moved to more streams. */
  public static final int MOVING = -1;

  private static final Pattern STREAM = Pattern.compile("jetlane stream (\\d{1,4}) of (\\d{1,4})");
  private static final Pattern MOVE = Pattern.compile("jetlane moving to (\\d{1,4})");
  private static final Pattern PRIORITIES = Pattern.compile("jetlane priorities: (\\d{1,2})");

  private static final String FORMAT_KEY = "jetlane.wire";
  private static final String FORMAT_VERSION = "1";

  /** What a stream says of the format that is stored in it: see {@code WIRE.md}. */
  public static final Map<String, String> FORMAT = Map.of(FORMAT_KEY, FORMAT_VERSION);

  private StreamMarks() {}

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

  /** The description of a stream; none if it is the only one. */
  public static @Nullable String ofStream(int index, int streams) {
    return streams == 1 ? null : "jetlane stream " + index + " of " + streams;
  }

  /** The description of the first stream while the queue is being moved to more streams. */
  public static String ofMove(int streams) {
    return "jetlane moving to " + streams + " streams: run the move again to finish it";
  }

  /** How many streams there are according to the first one; {@link #MOVING} while that changes. */
  public static int streams(@Nullable String description) {
    if (movingTo(description) > 0) {
      return MOVING;
    }
    Matcher matcher = STREAM.matcher(description == null ? "" : description);
    return matcher.find() ? Integer.parseInt(matcher.group(2)) : 1;
  }

  /** The number of streams of a move that has begun; 0 if none has. */
  public static int movingTo(@Nullable String description) {
    Matcher matcher = MOVE.matcher(description == null ? "" : description);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  /** The description of the consumer of priority 0; none if there is no other. */
  public static @Nullable String ofPriorities(int priorities) {
    return priorities == 1 ? null : "jetlane priorities: " + priorities;
  }

  /** How many priorities there are according to that description. */
  public static int priorities(@Nullable String description) {
    Matcher matcher = PRIORITIES.matcher(description == null ? "" : description);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 1;
  }
}
