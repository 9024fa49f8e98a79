// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A snapshot of a task for an operator.
 *
 * @param id the id that the task was pushed with
 * @param state its state at that moment
 * @param attempts the number of deliveries; empty if the queue does not know it, as for an
 *     outstanding task on a nats-server
 * @param priority its priority
 * @param age how long ago it was pushed, or became due, or was redriven; never negative. On a
 *     server it is the difference between the clocks of the server and of this client
 * @param dueIn the time until a delayed task is due, or zero if it waits for room in a full
 *     partition; empty for other tasks
 * @param headers the headers that it was pushed with
 * @param payloadBytes the size of its payload
 * @param payload the payload, if {@link TaskQuery#withPayloads} requested it; the array belongs to
 *     this record
 */
public record TaskInfo(
    String id,
    TaskState state,
    OptionalInt attempts,
    int priority,
    Duration age,
    Optional<Duration> dueIn,
    Map<String, String> headers,
    int payloadBytes,
    Optional<byte[]> payload) {

  /**
   * Copies the headers.
   *
   * @param id see {@link #id}
   * @param state see {@link #state}
   * @param attempts see {@link #attempts}
   * @param priority see {@link #priority}
   * @param age see {@link #age}
   * @param dueIn see {@link #dueIn}
   * @param headers see {@link #headers}
   * @param payloadBytes see {@link #payloadBytes}
   * @param payload see {@link #payload}
   */
  public TaskInfo {
    headers = Map.copyOf(headers);
  }

  /** Compares payloads by their bytes. */
  @Override
  public boolean equals(Object other) {
    return other instanceof TaskInfo that
        && id.equals(that.id)
        && state == that.state
        && attempts.equals(that.attempts)
        && priority == that.priority
        && age.equals(that.age)
        && dueIn.equals(that.dueIn)
        && headers.equals(that.headers)
        && payloadBytes == that.payloadBytes
        && Arrays.equals(payload.orElse(null), that.payload.orElse(null));
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, state, priority, age);
  }

  /** Contains neither the payload nor the header values, which may be confidential. */
  @Override
  public String toString() {
    return "TaskInfo["
        + id
        + ", "
        + state
        + ", attempts "
        + (attempts.isPresent() ? attempts.getAsInt() : "unknown")
        + ", priority "
        + priority
        + ", age "
        + age
        + dueIn.map(due -> ", due in " + due).orElse("")
        + ", headers "
        + headers.keySet()
        + ", "
        + payloadBytes
        + " bytes]";
  }
}
