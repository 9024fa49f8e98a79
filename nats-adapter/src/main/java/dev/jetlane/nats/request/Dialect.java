package dev.jetlane.nats.request;

import dev.jetlane.InvalidInputException;
import dev.jetlane.Task;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What is different about a queue whose stored format another program has decided. */
public interface Dialect {

  /** Nothing is. */
  Dialect OWN = new Dialect() {};

  /** Whether the stream has a place for delayed tasks. */
  default boolean hasDelays() {
    return true;
  }

  /**
   * Refuses a task that the format has no place for.
   *
   * @throws InvalidInputException if it has none
   */
  default void check(Task task) {}

  /** What is stored for a task. */
  default Task stored(Task task) {
    return task;
  }

  /** The id of a task by its payload; null if the payload does not say it. */
  default @Nullable String taskId(byte[] payload) {
    return null;
  }

  /** Adds subjects to a stream that lists each one; null where a wildcard has them all. */
  default @Nullable SubjectList subjectList(Session session) {
    return null;
  }

  /** The subjects of a stream without a wildcard. */
  interface SubjectList {

    /**
     * Makes sure that a stream has a subject.
     *
     * @param wanted the stream, if it has to be created
     * @param create creates it, unless it is there; null if nothing may be created or changed
     */
    StreamInfo provide(
        String subject,
        StreamConfiguration wanted,
        @Nullable Consumer<StreamConfiguration> create,
        long deadlineNanos);
  }
}
