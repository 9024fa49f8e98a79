package dev.jetlane.inmemory.model;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What happened on a server: the latest {@value #CAPACITY} events. Written on the hot path, so an
 * event is turned into text only when somebody reads it. Guarded by the lock of the server's time.
 */
public final class EventLog {

  public static final int CAPACITY = 4096;
  static final String ACKED = "acked";

  /**
   * An event.
   *
   * @param partition null if it concerns the whole server
   * @param task null if it concerns no single task
   * @param untilNanos zero if it has no such time
   */
  record Event(
      long nanos,
      @Nullable String partition,
      @Nullable StoredTask task,
      String what,
      int attempt,
      @Nullable String who,
      long untilNanos) {

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
      if (who != null) {
        line.append(' ').append(who);
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

  /** Something happened to a task. */
  void add(long now, String partition, StoredTask task, String what) {
    add(new Event(now, partition, task, what, task.deliveries, null, 0));
  }

  /** A task was handed out, or its lease or delay began anew. */
  void add(
      long now,
      String partition,
      StoredTask task,
      String what,
      @Nullable String who,
      long untilNanos) {
    add(new Event(now, partition, task, what, task.deliveries, who, untilNanos));
  }

  /** The latest delivery of a task came to an end. */
  void ended(long now, String partition, StoredTask task, String how) {
    boolean delayed = task.place == StoredTask.Place.DELAYED;
    add(now, partition, task, how, null, delayed ? task.deadlineNanos : 0);
    if (task.latest != null) {
      task.latest.end(how, now);
    }
  }

  /** Something happened to a partition, or to the whole server. */
  public void add(long now, @Nullable String partition, String what) {
    add(new Event(now, partition, null, what, 0, null, 0));
  }

  void forEach(Consumer<Event> action) {
    for (long i = Math.max(0, written - CAPACITY); i < written; i++) {
      Event event = ring[(int) (i % ring.length)];
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

  /** Those of the tasks of one id. */
  public List<String> lines(String partition, String taskId) {
    List<String> lines = new ArrayList<>();
    forEach(
        event -> {
          StoredTask task = event.task();
          if (task != null && task.id().equals(taskId) && partition.equals(event.partition())) {
            lines.add(event.toString());
          }
        });
    return lines;
  }

  /** Such as {@code 12.5s}. */
  public static String seconds(long nanos) {
    return BigDecimal.valueOf(nanos, 9).stripTrailingZeros().toPlainString() + "s";
  }

  private void add(Event event) {
    if (written == ring.length && ring.length < CAPACITY) {
      ring = Arrays.copyOf(ring, 2 * ring.length);
    }
    ring[(int) (written % ring.length)] = event;
    written++;
  }
}
