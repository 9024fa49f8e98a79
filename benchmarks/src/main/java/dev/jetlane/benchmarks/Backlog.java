// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The streams of the rivals: fills them off the clock, and counts the remaining tasks afterwards.
 *
 * <p>It uses a {@link Wire}, because the allocation of a whole run is measured: an ordinary client
 * would add its own garbage per task to that of every rival.
 */
final class Backlog implements AutoCloseable {

  private static final int WINDOW = 2_000;
  private static final Pattern MESSAGES = Pattern.compile("\"messages\":(\\d+)");

  /** Far longer than a slow machine under load needs; only a failure waits this long. */
  private static final Duration LAG = Duration.ofSeconds(60);

  private final Target target;
  private final List<Place> places;
  private final List<String> streams;
  private final Wire wire;
  private final SocketPush filler;

  private Backlog(Target target, List<Place> places, Wire wire, byte[] payload, boolean withIds) {
    this.target = target;
    this.places = places;
    streams = places.stream().map(Place::stream).distinct().toList();
    this.wire = wire;
    filler = new SocketPush(wire, places, payload, WINDOW, withIds);
  }

  /** Creates the partitions again, with the queue's own settings. */
  static Backlog create(Target target, byte[] payload, boolean withIds) throws Exception {
    List<Place> places = Topology.create(target);
    return new Backlog(target, places, new Wire(target.url()), payload, withIds);
  }

  /** Returns the places of the partitions. */
  List<Place> places() {
    return places;
  }

  /** Stores this number of tasks, each confirmed, in all partitions in turn. */
  void fill(int tasks) throws IOException {
    filler.push(tasks);
  }

  /** Leases this number of tasks of the first partition and holds them, like workers. */
  void hold(int tasks) throws IOException {
    if (tasks == 0) {
      return;
    }
    byte[] pulled = wire.address("held");
    wire.publish(
        SocketPull.pullSubject(places.get(0)),
        pulled,
        Wire.ascii("{\"batch\":" + tasks + ",\"expires\":30000000000}"));
    for (int held = 0; held < tasks; held++) {
      wire.next();
      if (!wire.asksForAnswer()) {
        throw new IOException("expected a task, and received: " + wire.body());
      }
    }
  }

  /**
   * Waits until the streams hold this number of tasks. The count may lag behind confirmations;
   * without confirmations it shows when the server has processed the acks.
   *
   * @throws IllegalStateException if they hold another number after the time limit
   */
  void requireTasks(long expected) throws IOException {
    requireTasks(expected, LAG);
  }

  /** Like {@link #requireTasks(long)}, with another time limit. */
  void requireTasks(long expected, Duration limit) throws IOException {
    long start = System.nanoTime();
    long found = count();
    while (found != expected && System.nanoTime() - start < limit.toNanos()) {
      found = count();
    }
    if (found != expected) {
      throw new IllegalStateException(
          "the stream holds " + found + " tasks and should hold " + expected);
    }
  }

  /**
   * Waits until this number of tasks of the first partition are ready. Sends a request a thousand
   * times a second, which costs the server little.
   */
  void awaitReady(int tasks) throws IOException {
    Place place = places.get(0);
    String info = "$JS.API.CONSUMER.INFO." + place.stream() + "." + place.consumer();
    String expected = "\"num_pending\":" + tasks + ",";
    long start = System.nanoTime();
    String state = wire.request(info, "");
    while (!state.contains(expected)) {
      if (System.nanoTime() - start >= LAG.toNanos()) {
        throw new IllegalStateException(
            tasks + " tasks should be ready, but the state of the consumer is " + state);
      }
      LockSupport.parkNanos(1_000_000);
      state = wire.request(info, "");
    }
  }

  void purge() throws IOException {
    for (String stream : streams) {
      wire.request("$JS.API.STREAM.PURGE." + stream, "");
    }
  }

  /** Returns the number of tasks in the streams. */
  long count() throws IOException {
    long count = 0;
    for (String stream : streams) {
      Matcher messages = MESSAGES.matcher(wire.request("$JS.API.STREAM.INFO." + stream, ""));
      if (!messages.find()) {
        throw new IOException("the server did not say how many messages " + stream + " has");
      }
      count += Long.parseLong(messages.group(1));
    }
    return count;
  }

  @Override
  public void close() throws Exception {
    wire.close();
    Topology.delete(target);
  }
}
