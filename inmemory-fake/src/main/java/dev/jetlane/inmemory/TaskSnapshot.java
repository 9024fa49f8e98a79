// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.Task;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of a task at one moment, for tests. Immutable.
 *
 * <pre>{@code
 * assertThat(server.tasks("gpu"))
 *     .extracting(TaskSnapshot::taskId, TaskSnapshot::state)
 *     .containsExactly(tuple("a", State.LEASED), tuple("b", State.READY));
 * }</pre>
 *
 * @param partition the name of the partition
 * @param task id, payload and headers
 * @param state its state
 * @param deliveries how often it has been delivered
 * @param until when its lease or its delay ends; null in the other states
 * @param holder the puller that leased it, such as {@code puller 2}; null in the other states
 * @param reason why it is dead; null in the other states
 * @param attempts the latest 100 of its deliveries, oldest first
 */
public record TaskSnapshot(
    String partition,
    Task task,
    State state,
    int deliveries,
    @Nullable Instant until,
    @Nullable String holder,
    @Nullable String reason,
    List<Attempt> attempts) {

  /** The states of a task. */
  public enum State {
    /** Available to the next pull: never delivered, given back, or its lease has expired. */
    READY,
    /** Under a lease that has not expired. */
    LEASED,
    /** Given back with a delay, or pushed with a delay (and without deliveries), and not due. */
    DELAYED,
    /** A dead letter. */
    DEAD
  }

  /**
   * A delivery of a task.
   *
   * @param number from 1
   * @param holder the puller that leased it, such as {@code puller 2}
   * @param from when the lease began
   * @param end how it ended, such as {@code lease ended}; null while it lasts
   * @param endedAt when it ended; null while it lasts
   */
  public record Attempt(
      int number, String holder, Instant from, @Nullable String end, @Nullable Instant endedAt) {}

  /**
   * Copies the attempts.
   *
   * @param partition see {@link #partition}
   * @param task see {@link #task}
   * @param state see {@link #state}
   * @param deliveries see {@link #deliveries}
   * @param until see {@link #until}
   * @param holder see {@link #holder}
   * @param reason see {@link #reason}
   * @param attempts see {@link #attempts}
   */
  public TaskSnapshot {
    attempts = List.copyOf(attempts);
  }

  /**
   * Returns the id of the task.
   *
   * @return the id
   */
  public String taskId() {
    return task.id();
  }
}
