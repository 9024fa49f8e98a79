// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The latest {@value #CAPACITY} events of a server. It is written on the hot path, so a full log
 * reuses its event objects, and events become text only when they are read. Guarded by the lock of
 * the server's time.
 */
public final class EventLog {

  /** A power of two. */
  public static final int CAPACITY = 4096;

  static final String ACKED = "acked";

  private static final String EXTENDED = "lease extended";

  /** An event. A full log overwrites its oldest event. */
  static final class Event {

    long nanos;

    /** The partition; null if the event concerns the whole server. */
    @Nullable String partition;

    /** The task; null if the event concerns no single task. */
    @Nullable StoredTask task;

    String what = "";

    /** The attempt; zero if the event concerns no delivery. */
    int attempt;

    @Nullable String holder;

    /** The end of the lease or delay; zero if there is none. */
    long untilNanos;

    /** The number of consecutive occurrences; above one only for extensions. */
    int times;

    /** The time of the last occurrence. */
    long lastNanos;

    @Override
    public String toString() {
      StringBuilder line = new StringBuilder().append('+').append(seconds(nanos));
      if (partition != null) {
        line.append(' ').append(partition);
      }
      if (task != null) {
        line.append(partition == null ? ' ' : '/').append(task.id());
      }
      line.append(": ").append(what);
      if (holder != null) {
        line.append(' ').append(holder);
      }
      if (times > 1) {
        line.append(' ').append(times).append(" times, last at +");
        line.append(seconds(lastNanos)).append(',');
      }
      if (untilNanos != 0) {
        line.append(" until +").append(seconds(untilNanos));
      }
      if (attempt != 0) {
        line.append(" (attempt ").append(attempt).append(')');
      }
      return line.toString();
    }
  }

  private @Nullable Event[] ring = new Event[16];
  private long written;
  private boolean everyExtension;

  /** Stops merging consecutive extensions of a lease, for a reader that counts the events. */
  public void keepEveryExtension() {
    everyExtension = true;
  }

  /** Adds an event of a task. */
  void add(long now, String partition, StoredTask task, String what) {
    add(now, partition, task, what, null, 0);
  }

  /** Adds an event of a task that has a holder, or that begins a period such as a delay. */
  void add(
      long now,
      @Nullable String partition,
      @Nullable StoredTask task,
      String what,
      @Nullable String holder,
      long untilNanos) {
    Event event = next();
    event.nanos = now;
    event.partition = partition;
    event.task = task;
    event.what = what;
    event.attempt = task == null ? 0 : task.deliveries;
    event.holder = holder;
    event.untilNanos = untilNanos;
    event.times = 1;
    event.lastNanos = now;
    if (task != null) {
      task.extension = null;
    }
  }

  /**
   * Adds an extension of a lease. Consecutive extensions are merged into one event, because those
   * of a long-kept lease would push all others out of the log.
   */
  void extended(long now, String partition, StoredTask task) {
    Event event = task.extension;
    // Checks the event, because a full log may have reused its object for another event.
    if (event != null && event.task == task && event.what.equals(EXTENDED)) {
      event.times++;
      event.lastNanos = now;
      event.untilNanos = task.deadlineNanos;
      return;
    }
    add(now, partition, task, EXTENDED, null, task.deadlineNanos);
    task.extension = everyExtension ? null : latest();
  }

  /** Adds the end of the latest delivery of a task. */
  void ended(long now, String partition, StoredTask task, String how) {
    boolean delayed = task.place == StoredTask.Place.DELAYED;
    add(now, partition, task, how, null, delayed ? task.deadlineNanos : 0);
    if (task.latest != null) {
      task.latest.end(how, now);
    }
  }

  /** Adds an event of a partition, or of the whole server. */
  public void add(long now, @Nullable String partition, String what) {
    add(now, partition, null, what, null, 0);
  }

  void forEach(Consumer<Event> action) {
    for (long i = Math.max(0, written - CAPACITY); i < written; i++) {
      Event event = ring[(int) i & (ring.length - 1)];
      if (event != null) {
        action.accept(event);
      }
    }
  }

  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    forEach(event -> lines.add(event.toString()));
    return lines;
  }

  /** Returns the events of the tasks with one id. */
  public List<String> lines(String partition, String taskId) {
    List<String> lines = new ArrayList<>();
    forEach(
        event -> {
          StoredTask task = event.task;
          if (task != null && task.id().equals(taskId) && partition.equals(event.partition)) {
            lines.add(event.toString());
          }
        });
    return lines;
  }

  /** Returns a text such as {@code 12.5s}. */
  public static String seconds(long nanos) {
    return BigDecimal.valueOf(nanos, 9).stripTrailingZeros().toPlainString() + "s";
  }

  /** Returns the number of all events so far, including those that are no longer kept. */
  public long written() {
    return written;
  }

  private @Nullable Event latest() {
    return ring[(int) (written - 1) & (ring.length - 1)];
  }

  private Event next() {
    if (written == ring.length && ring.length < CAPACITY) {
      ring = Arrays.copyOf(ring, 2 * ring.length);
    }
    int index = (int) written++ & (ring.length - 1);
    Event event = ring[index];
    if (event == null) {
      event = new Event();
      ring[index] = event;
    }
    return event;
  }
}
