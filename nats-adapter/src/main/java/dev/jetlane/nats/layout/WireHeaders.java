package dev.jetlane.nats.layout;

import dev.jetlane.Limits;
import dev.jetlane.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The headers of stored messages that are not the user's. */
public final class WireHeaders {

  /** Of a task whose id is not in its message id, because it was redriven or moved. */
  public static final String TASK_ID = "Jetlane-Id";

  public static final String ATTEMPTS = "Jetlane-Attempts";
  public static final String REASON = "Jetlane-Reason";

  /** How long after it was stored a task is due, as ISO-8601. */
  public static final String DELAY = "Jetlane-Delay";

  /** When a delayed task that was moved to another stream is due, as ISO-8601. */
  public static final String DUE = "Jetlane-Due";

  /** The end of the time in which a task may be handed out, as ISO-8601. */
  public static final String DEADLINE = "Jetlane-Deadline";

  /** The priority of a delayed task and of a dead letter; none is 0. */
  public static final String PRIORITY = "Jetlane-Priority";

  /** Marks what is not a task, but the note that one was cancelled. */
  public static final String CANCELLED = "Jetlane-Cancelled";

  /** The server's own header for the dedup window. */
  public static final String MESSAGE_ID = "Nats-Msg-Id";

  /** The server's condition on the last message of the subject: 0 for none. */
  public static final String EXPECTED_LAST_ON_SUBJECT = "Nats-Expected-Last-Subject-Sequence";

  /**
   * The server's condition on the last message id of the stream. It is looked at after the dedup
   * window (2.9 to 2.15), so that a message that cannot be stored still tells a duplicate.
   */
  public static final String EXPECTED_LAST_ID = "Nats-Expected-Last-Msg-Id";

  /** No message of ours has this id. */
  public static final String NO_ID = "!";

  private WireHeaders() {}

  /** The priority in a header of ours; 0 if it has none that the queue has. */
  public static int priority(TaskHeaders all, QueueLayout layout) {
    String text = all.first(PRIORITY);
    int priority = text != null && text.matches("[0-9]") ? Integer.parseInt(text) : 0;
    return Math.min(priority, layout.priorities() - 1);
  }

  /** The headers of the user, and what else goes with a task wherever it is stored. */
  public static Map<String, String> ofTask(Task task) {
    return task.deadline().map(end -> with(task.headers(), end.toString())).orElse(task.headers());
  }

  /** As {@link #ofTask(Task)}, of a stored one; may be changed. */
  public static Map<String, String> ofTask(TaskHeaders stored) {
    return with(stored.users(), stored.first(DEADLINE));
  }

  /** As {@link #ofTask(Task)}, of one with such headers and such a deadline; may be changed. */
  public static Map<String, String> with(Map<String, String> users, @Nullable String deadline) {
    Map<String, String> all = new LinkedHashMap<>(users);
    if (deadline != null) {
      all.put(DEADLINE, deadline);
    }
    return all;
  }

  /** The end of the time in which a task may be handed out; null if there is none to be read. */
  public static @Nullable Instant deadline(@Nullable String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  /** How long after it was stored a task is due; what cannot be read is due immediately. */
  public static Duration delay(TaskHeaders all) {
    String text = all.first(DELAY);
    try {
      Duration delay = text == null ? Duration.ZERO : Duration.parse(text);
      return delay.isNegative()
          ? Duration.ZERO
          : delay.compareTo(Limits.MAX_PUSH_DELAY) > 0 ? Limits.MAX_PUSH_DELAY : delay;
    } catch (DateTimeParseException e) {
      return Duration.ZERO;
    }
  }

  /** When a delayed task is due, by the clock of the server that stored it at that time. */
  public static Instant due(TaskHeaders all, Instant storedAt) {
    String text = all.first(DUE);
    try {
      Instant due = text == null ? storedAt.plus(delay(all)) : Instant.parse(text);
      Instant latest = storedAt.plus(Limits.MAX_PUSH_DELAY);
      return due.isAfter(latest) ? latest : due.isBefore(storedAt) ? storedAt : due;
    } catch (DateTimeParseException e) {
      return storedAt.plus(delay(all));
    }
  }

  /** As {@link #due}, in nanoseconds since 1970. */
  public static long dueNanos(TaskHeaders all, long storedAtNanos) {
    return nanos(due(all, Instant.ofEpochSecond(0, storedAtNanos)));
  }

  /** A time as nanoseconds since 1970. */
  public static long nanos(Instant time) {
    return TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
  }

  /** Whether another client's text can be the id of a task. */
  public static boolean isTaskId(String text) {
    if (text.isEmpty() || text.length() > Limits.MAX_ID) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '!' || text.charAt(i) > '~') {
        return false;
      }
    }
    return true;
  }
}
