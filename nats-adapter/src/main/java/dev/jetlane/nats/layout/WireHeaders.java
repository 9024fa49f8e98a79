package dev.jetlane.nats.layout;

import dev.jetlane.Limits;
import java.time.Duration;
import java.time.format.DateTimeParseException;

/** The headers of stored messages that are not the user's. */
public final class WireHeaders {

  /** Of a task whose id is not in its message id, because it was redriven or moved. */
  public static final String TASK_ID = "Jetlane-Id";

  public static final String ATTEMPTS = "Jetlane-Attempts";
  public static final String REASON = "Jetlane-Reason";
  public static final String TIME = "Jetlane-Time";

  /** How long after it was stored a task is due, as ISO-8601. */
  public static final String DELAY = "Jetlane-Delay";

  /** The priority of a delayed task and of a dead letter; none is 0. */
  public static final String PRIORITY = "Jetlane-Priority";

  /** Marks what is not a task, but the note that one was cancelled. */
  public static final String CANCELLED = "Jetlane-Cancelled";

  /** The server's own header for the dedup window. */
  public static final String MESSAGE_ID = "Nats-Msg-Id";

  private WireHeaders() {}

  /** The priority in a header of ours; 0 if it has none that the queue has. */
  public static int priority(TaskHeaders all, QueueLayout layout) {
    String text = all.first(PRIORITY);
    int priority = text != null && text.matches("[0-9]") ? Integer.parseInt(text) : 0;
    return Math.min(priority, layout.priorities() - 1);
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
