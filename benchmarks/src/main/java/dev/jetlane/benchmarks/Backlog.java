package dev.jetlane.benchmarks;

import java.io.IOException;
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

  private static final int WINDOW = 2_000;
  private static final Pattern MESSAGES = Pattern.compile("\"messages\":(\\d+)");
  private static final long LAG_NANOS = 2_000_000_000L;

  private final Wire wire;
  private final SocketPush filler;

  private Backlog(Wire wire, byte[] payload) {
    this.wire = wire;
    filler = new SocketPush(wire, payload, WINDOW, true);
  }

  /** Creates stream and consumer anew. */
  static Backlog create(Target target, byte[] payload) throws IOException {
    Wire wire = new Wire(target.url());
    Backlog backlog = new Backlog(wire, payload);
    backlog.deleteStream();
    wire.request(
        "$JS.API.STREAM.CREATE." + Target.STREAM,
        """
        {"name":"%s","subjects":["%s.>"],"retention":"workqueue","discard":"new","duplicate_window":1000000000,"storage":"%s"}
        """
            .formatted(
                Target.STREAM,
                Target.PREFIX,
                target.storage() == Storage.FILE ? "file" : "memory"));
    wire.request(
        "$JS.API.CONSUMER.DURABLE.CREATE." + Target.STREAM + "." + Target.CONSUMER,
        """
        {"stream_name":"%s","config":{"durable_name":"%s","filter_subject":"%s",
        "ack_policy":"explicit","ack_wait":120000000000,"max_ack_pending":10000}}
        """
            .formatted(Target.STREAM, Target.CONSUMER, Target.SUBJECT));
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

  private void deleteStream() throws IOException {
    try {
      wire.request("$JS.API.STREAM.DELETE." + Target.STREAM, "");
    } catch (IOException notThere) {
      if (!String.valueOf(notThere.getMessage()).contains("10059")) {
        throw notThere;
      }
    }
  }

  @Override
  public void close() throws IOException {
    try (wire) {
      deleteStream();
    }
  }
}
