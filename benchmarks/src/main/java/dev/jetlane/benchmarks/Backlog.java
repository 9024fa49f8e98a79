package dev.jetlane.benchmarks;

import dev.jetlane.TaskQueue;
import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The stream that the rivals work on, and the referee: fills it off the clock, and counts
 * afterwards what is left.
 *
 * <p>Everything goes over a {@link Wire}, because the allocation of a run is measured over the
 * whole of it: an ordinary client would add its own garbage per task to every rival's.
 */
final class Backlog implements AutoCloseable {

  private static final String STREAM_NOT_FOUND = "10059";
  private static final int WINDOW = 2_000;
  private static final Pattern MESSAGES = Pattern.compile("\"messages\":(\\d+)");
  private static final long LAG_NANOS = 2_000_000_000L;

  private final Wire wire;
  private final SocketPush filler;

  private Backlog(Wire wire, byte[] payload, boolean withIds) {
    this.wire = wire;
    filler = new SocketPush(wire, payload, WINDOW, withIds);
  }

  /** Creates the partition anew, with the queue's own settings. */
  static Backlog create(Target target, byte[] payload, boolean withIds) throws IOException {
    Wire wire = new Wire(target.url());
    Backlog backlog = new Backlog(wire, payload, withIds);
    backlog.deleteStreams();
    try (TaskQueue queue = target.connect()) {
      queue.partition(Target.PARTITION);
    }
    return backlog;
  }

  /** Stores that many tasks, each confirmed. */
  void fill(int tasks) throws IOException {
    filler.push(tasks);
  }

  /**
   * Requires the stream to hold that many tasks. The count may lag a moment behind the
   * confirmations.
   *
   * @throws IllegalStateException if it does not, within two seconds
   */
  void requireTasks(int expected) throws IOException {
    long start = System.nanoTime();
    long found = count();
    while (found != expected && System.nanoTime() - start < LAG_NANOS) {
      found = count();
    }
    if (found != expected) {
      throw new IllegalStateException(
          "the stream holds " + found + " tasks and should hold " + expected);
    }
  }

  void purge() throws IOException {
    wire.request("$JS.API.STREAM.PURGE." + Target.STREAM, "");
  }

  private long count() throws IOException {
    Matcher messages = MESSAGES.matcher(wire.request("$JS.API.STREAM.INFO." + Target.STREAM, ""));
    if (!messages.find()) {
      throw new IOException("the server did not say how many messages " + Target.STREAM + " has");
    }
    return Long.parseLong(messages.group(1));
  }

  private void deleteStreams() throws IOException {
    for (String stream : List.of(Target.STREAM, Target.DEAD_STREAM)) {
      try {
        wire.request("$JS.API.STREAM.DELETE." + stream, "");
      } catch (IOException notThere) {
        if (!String.valueOf(notThere.getMessage()).contains(STREAM_NOT_FOUND)) {
          throw notThere;
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    try (wire) {
      deleteStreams();
    }
  }
}
