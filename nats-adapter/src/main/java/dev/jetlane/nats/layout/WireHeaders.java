// SPDX-License-Identifier: Apache-2.0
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

/** The headers of stored messages that belong to Jetlane or the server. */
public final class WireHeaders {

  /** The id of a redriven or moved task, whose message id does not contain it. */
  public static final String TASK_ID = "Jetlane-Id";

  public static final String ATTEMPTS = "Jetlane-Attempts";
  public static final String REASON = "Jetlane-Reason";

  /** The delay of a task from its storing, in ISO-8601. */
  public static final String DELAY = "Jetlane-Delay";

  /** The due time of a delayed task that was moved to another stream, in ISO-8601. */
  public static final String DUE = "Jetlane-Due";

  /** The deadline of a task, in ISO-8601. */
  public static final String DEADLINE = "Jetlane-Deadline";

  /** The priority of a delayed task or a dead letter; 0 if it is missing. */
  public static final String PRIORITY = "Jetlane-Priority";

  /** Marks the note that a delayed task was cancelled. A note is not a task. */
  public static final String CANCELLED = "Jetlane-Cancelled";

  /** The server's header for the dedup window. */
  public static final String MESSAGE_ID = "Nats-Msg-Id";

  /** The server's condition on the last message of the subject: 0 for none. */
  public static final String EXPECTED_LAST_ON_SUBJECT = "Nats-Expected-Last-Subject-Sequence";

  /**
   * The server's condition on the last message id of the stream. The server checks it after the
   * dedup window (2.9 to 2.15), so that a message that cannot be stored still reveals a duplicate.
   */
  public static final String EXPECTED_LAST_ID = "Nats-Expected-Last-Msg-Id";

  /** An id that no message of Jetlane has. */
  public static final String NO_ID = "!";

  private WireHeaders() {}

  /** Returns the priority in the header; 0 if there is none, or if it is not a digit. */
  public static int priority(TaskHeaders all) {
    String text = all.first(PRIORITY);
    return text != null && text.matches("[0-9]") ? Integer.parseInt(text) : 0;
  }

  /** Returns the priority in the header, or the highest one of the layout if that is lower. */
  public static int priority(TaskHeaders all, QueueLayout layout) {
    return Math.min(priority(all), layout.priorities() - 1);
  }

  /**
   * Returns the headers of the user, and the headers of Jetlane that stay with a task wherever it
   * is stored.
   */
  public static Map<String, String> ofTask(Task task) {
    Instant deadline = task.deadline().orElse(null);
    return deadline == null ? task.headers() : with(task.headers(), deadline.toString());
  }

  /** Like {@link #ofTask(Task)}, for a stored task; the caller may change the map. */
  public static Map<String, String> ofTask(TaskHeaders stored) {
    return with(stored.users(), stored.first(DEADLINE));
  }

  /** Like {@link #ofTask(Task)}, from headers and a deadline; the caller may change the map. */
  public static Map<String, String> with(Map<String, String> users, @Nullable String deadline) {
    Map<String, String> all = new LinkedHashMap<>(users);
    if (deadline != null) {
      all.put(DEADLINE, deadline);
    }
    return all;
  }

  /** Returns the deadline in a header; null if there is none or it cannot be read. */
  public static @Nullable Instant deadline(@Nullable String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  /** Returns the delay of a task from its storing; zero if it cannot be read. */
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

  /** Returns the due time of a delayed task, by the clock of the server that stored it. */
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

  /** As {@link #due}, as nanoseconds since 1970. */
  public static long dueNanos(TaskHeaders all, long storedAtNanos) {
    return nanos(due(all, Instant.ofEpochSecond(0, storedAtNanos)));
  }

  /** Returns a time as nanoseconds since 1970. */
  public static long nanos(Instant time) {
    return TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
  }

  /** Returns whether a text from another client is a valid task id. */
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
