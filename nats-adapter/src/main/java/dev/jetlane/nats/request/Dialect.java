// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.InvalidInputException;
import dev.jetlane.Task;
import dev.jetlane.nats.wire.ConnectionMonitor;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The differences of a queue whose stored format belongs to another program. */
public interface Dialect {

  /** The dialect of Jetlane's own format, without differences. */
  Dialect OWN = new Dialect() {};

  /** Returns whether the format has delayed tasks. */
  default boolean hasDelays() {
    return true;
  }

  /**
   * Refuses a task that the format cannot store.
   *
   * @throws InvalidInputException if it cannot
   */
  default void check(Task task) {}

  /** Returns the task as it is stored. */
  default Task stored(Task task) {
    return task;
  }

  /** Returns the id of a task from its payload; null if the payload does not contain it. */
  default @Nullable String taskId(byte[] payload) {
    return null;
  }

  /** Returns the object that adds subjects to a stream; null if a wildcard covers them. */
  default @Nullable SubjectList subjectList(JetStreamApi api, ConnectionMonitor monitor) {
    return null;
  }

  /** The list of subjects of a stream without a wildcard. */
  interface SubjectList {

    /**
     * Ensures that a stream has a subject.
     *
     * @param wanted the configuration of the stream, for its creation
     * @param create creates the stream if it is missing; null if nothing may be created or changed
     */
    StreamInfo provide(
        String subject,
        StreamConfiguration wanted,
        @Nullable Consumer<StreamConfiguration> create,
        long deadlineNanos);
  }
}
