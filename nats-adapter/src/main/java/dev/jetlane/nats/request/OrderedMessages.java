// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the messages on some subjects of a stream in the order of the stream, many in one round
 * trip, without a consumer. Used by one thread.
 *
 * <p>A request returns the first message at or after a sequence, so the sequence of a second
 * request follows from the first answer. To send many requests at the same time, a round divides
 * the next sequences into ranges and sends a request for the start of each. An answer inside its
 * range moves the start behind it, and another request follows; an answer behind its range means
 * that the range has no more messages. The length of a range is the last distance between messages:
 * one in a stream without other messages. If ranges are too long, the messages behind the first
 * unknown sequence are read again. With random gaps a message costs two requests.
 *
 * <p>Memory: at most {@link #MAX_BYTES} of messages are in flight, even if they are as large as the
 * server accepts, and at most {@link #USUAL_BYTES} if none is larger than the earlier ones. Three
 * times that number may wait for the caller.
 */
public final class OrderedMessages {

  /** More requests at the same time are not faster on one machine (benchmarks, features). */
  static final int MOST = 128;

  /** A server closes a connection on which 64 MiB wait. Answers are in base 64. */
  private static final long MAX_BYTES = 32 << 20;

  private static final long USUAL_BYTES = 4 << 20;

  /** Unknown places: from {@link #at} inclusive to {@code end} exclusive. */
  private final class Range {
    final long end;
    final boolean last;
    final List<StoredMessage> found = new ArrayList<>();
    long at;
    boolean over;

    Range(long at, long end, boolean last) {
      this.at = at;
      this.end = end;
      this.last = last;
    }

    boolean isOpen() {
      return !over && at < end;
    }

    /** Records the first message from {@link #at} on. */
    void answered(@Nullable StoredMessage message) {
      if (message == null) {
        over = true;
      } else if (message.sequence() < end || last) {
        found.add(message);
        largest = Math.max(largest, message.payload().length);
        at = message.sequence() + 1;
      } else {
        at = end;
      }
    }
  }

  /** Reads the first message from each of several places on. */
  interface Source {
    List<@Nullable StoredMessage> first(List<Long> places, long deadlineNanos);
  }

  private final Source source;
  private final long maxPayload;
  private final Deque<StoredMessage> ahead = new ArrayDeque<>();
  private long from;
  private long length = 1;
  private long largest;
  private boolean over;

  /**
   * Sends no request.
   *
   * @param maxPayload the size of the largest message that the server accepts
   * @param from the first place
   */
  OrderedMessages(Source source, long maxPayload, long from) {
    this.source = source;
    this.maxPayload = Math.max(1, maxPayload);
    this.from = from;
  }

  /**
   * Returns the next message; null if there is none.
   *
   * @param wanted how many messages, with this one, the caller will probably take
   */
  public @Nullable StoredMessage next(int wanted, long deadlineNanos) {
    if (ahead.isEmpty() && !over) {
      read(width(wanted), deadlineNanos);
    }
    return ahead.poll();
  }

  private int width(int wanted) {
    long most = Math.min(MAX_BYTES / maxPayload, largest == 0 ? MOST : USUAL_BYTES / largest);
    return (int) Math.max(1, Math.min(Math.min(wanted, MOST), most));
  }

  private void read(int width, long deadlineNanos) {
    List<Range> ranges = new ArrayList<>();
    for (int i = 0; i < width; i++) {
      ranges.add(new Range(from + i * length, from + (i + 1) * length, i == width - 1));
    }
    long apart = 0;
    int answered = 0;
    List<Range> open = ranges;
    while (!open.isEmpty() && found(ranges) < 2 * width) {
      List<Long> places = open.stream().map(range -> range.at).toList();
      List<@Nullable StoredMessage> answers = source.first(places, deadlineNanos);
      for (int i = 0; i < places.size(); i++) {
        StoredMessage message = answers.get(i);
        open.get(i).answered(message);
        if (message != null) {
          apart += message.sequence() - places.get(i) + 1;
          answered++;
        }
      }
      open = open.stream().filter(Range::isOpen).toList();
    }
    length = Math.max(1, apart / Math.max(1, answered));
    take(ranges);
  }

  private static int found(List<Range> ranges) {
    return ranges.stream().mapToInt(range -> range.found.size()).sum();
  }

  /** Takes the messages up to the first unknown place, and forgets those behind it. */
  private void take(List<Range> ranges) {
    for (Range range : ranges) {
      ahead.addAll(range.found);
      from = range.at;
      over = range.over;
      if (over || range.isOpen()) {
        return;
      }
    }
  }
}
