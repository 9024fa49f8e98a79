// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/**
 * A task that is no longer delivered, with the reason.
 *
 * @param id names this dead letter within its partition
 * @param taskId the id that the task was pushed with
 * @param payload the payload. The array is not copied; modifying it does not affect the stored dead
 *     letter.
 * @param headers the headers that the task was pushed with
 * @param priority the priority that the task was pushed with, which a redrive keeps
 * @param attempts the number of deliveries, including the one that found the task expired
 * @param reason the argument of {@link Delivery#deadLetter}, the last failure of a handler, {@link
 *     #MAX_DELIVERIES} or {@link #EXPIRED}
 * @param time when it was stored as a dead letter, by the clock of the queue
 */
@SuppressWarnings("ArrayRecordComponent") // A payload is bytes.
public record DeadLetter(
    String id,
    String taskId,
    byte[] payload,
    Map<String, String> headers,
    int priority,
    int attempts,
    String reason,
    Instant time) {

  /** The reason of a task that used up its {@link QueueConfig#maxDeliveries()}. */
  public static final String MAX_DELIVERIES = "max deliveries";

  /** The reason of a task that a pull or worker found at its {@link Task#deadline} or later. */
  public static final String EXPIRED = "expired";

  /**
   * Copies the headers.
   *
   * @param id see {@link #id}
   * @param taskId see {@link #taskId}
   * @param payload see {@link #payload}
   * @param headers see {@link #headers}
   * @param priority see {@link #priority}
   * @param attempts see {@link #attempts}
   * @param reason see {@link #reason}
   * @param time see {@link #time}
   */
  public DeadLetter {
    headers = Map.copyOf(headers);
  }

  /** Compares payloads by their bytes. */
  @Override
  public boolean equals(Object other) {
    return other instanceof DeadLetter that
        && id.equals(that.id)
        && taskId.equals(that.taskId)
        && Arrays.equals(payload, that.payload)
        && headers.equals(that.headers)
        && priority == that.priority
        && attempts == that.attempts
        && reason.equals(that.reason)
        && time.equals(that.time);
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, taskId, time);
  }

  /** Contains everything except the payload and the header values, which may be confidential. */
  @Override
  public String toString() {
    return "DeadLetter["
        + id
        + ", task "
        + taskId
        + ", "
        + payload.length
        + " bytes, headers "
        + headers.keySet()
        + ", priority "
        + priority
        + ", attempts "
        + attempts
        + ", "
        + reason
        + ", "
        + time
        + "]";
  }
}
