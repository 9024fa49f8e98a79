// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.layout;

import dev.jetlane.ConfigDriftException;
import io.nats.client.api.StreamConfiguration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The marks of a queue in the descriptions of streams and consumers. By them a client detects
 * different settings before it makes any change. Every server keeps descriptions; metadata exists
 * from 2.10 on.
 */
public final class StreamMarks {

  /** The number of streams of a queue that is being moved to more streams. */
  public static final int MOVING = -1;

  private static final Pattern STREAM = Pattern.compile("jetlane stream (\\d{1,4}) of (\\d{1,4})");
  private static final Pattern MOVE = Pattern.compile("jetlane moving to (\\d{1,4})");
  private static final Pattern PRIORITIES = Pattern.compile("jetlane priorities: (\\d{1,2})");

  private static final String FORMAT_KEY = "jetlane.wire";
  private static final String FORMAT_VERSION = "1";

  /** The metadata of a stream with the version of its format: see {@code WIRE.md}. */
  public static final Map<String, String> FORMAT = Map.of(FORMAT_KEY, FORMAT_VERSION);

  private StreamMarks() {}

  /**
   * Checks that this client knows the stored format of a stream. A stream without a version has the
   * first one.
   *
   * @throws ConfigDriftException if the stream has another version
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
              + " of the stored format, but this client supports only version "
              + FORMAT_VERSION,
          null);
    }
  }

  /** Returns the description of a stream; null if it is the only one. */
  public static @Nullable String ofStream(int index, int streams) {
    return streams == 1 ? null : "jetlane stream " + index + " of " + streams;
  }

  /** Returns the description of the first stream while the queue is being moved to more streams. */
  public static String ofMove(int streams) {
    return "jetlane moving to " + streams + " streams: run the move again to finish it";
  }

  /**
   * Returns the number of streams in the description of the first one; {@link #MOVING} during a
   * move.
   */
  public static int streams(@Nullable String description) {
    if (movingTo(description) > 0) {
      return MOVING;
    }
    Matcher matcher = STREAM.matcher(description == null ? "" : description);
    return matcher.find() ? Integer.parseInt(matcher.group(2)) : 1;
  }

  /** Returns the number of streams of a move that has begun; 0 if none has. */
  public static int movingTo(@Nullable String description) {
    Matcher matcher = MOVE.matcher(description == null ? "" : description);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  /** Returns the description of the consumer of priority 0; null if there is no other priority. */
  public static @Nullable String ofPriorities(int priorities) {
    return priorities == 1 ? null : "jetlane priorities: " + priorities;
  }

  /** Returns the number of priorities in that description. */
  public static int priorities(@Nullable String description) {
    Matcher matcher = PRIORITIES.matcher(description == null ? "" : description);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 1;
  }
}
