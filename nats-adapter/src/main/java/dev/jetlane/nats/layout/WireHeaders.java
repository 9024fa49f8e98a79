package dev.jetlane.nats.layout;

import io.nats.client.impl.Headers;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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

  /** The first value of a header; null if there is none. */
  public static @Nullable String first(@Nullable Headers all, String name) {
    return all == null ? null : all.getFirst(name);
  }

  /** The priority in a header of ours; 0 if it has none that the queue has. */
  public static int priority(@Nullable Headers all, QueueLayout layout) {
    String text = first(all, PRIORITY);
    int priority = text != null && text.matches("[0-9]") ? Integer.parseInt(text) : 0;
    return Math.min(priority, layout.priorities() - 1);
  }

  /**
   * The headers without the server's and our own. A foreign producer may have sent a name more than
   * once: its values are joined by commas, as in HTTP.
   */
  public static Map<String, String> ofUser(@Nullable Headers all) {
    if (all == null || all.isEmpty()) {
      return Map.of();
    }
    Map<String, String> users = new LinkedHashMap<>();
    all.forEach(
        (name, values) -> {
          String lower = name.toLowerCase(Locale.ROOT);
          if (!lower.startsWith("nats-") && !lower.startsWith("jetlane-")) {
            users.put(name, String.join(",", values));
          }
        });
    return users.isEmpty() ? Map.of() : Collections.unmodifiableMap(users);
  }
}
