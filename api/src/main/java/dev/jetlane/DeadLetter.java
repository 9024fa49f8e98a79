package dev.jetlane;

import java.time.Instant;
import java.util.Map;

/**
 * A task that was taken out of circulation.
 *
 * @param id names this dead letter within its partition
 * @param taskId the id that the task was pushed with
 * @param payload the payload; the array is this record's own, not copied, and takes no part in a
 *     stored letter
 * @param headers the headers that the task was pushed with
 * @param attempts how often it had been delivered
 * @param reason what {@link Delivery#deadLetter} was given, or {@link #MAX_DELIVERIES}
 * @param time when it was taken out of circulation, by the clock of whoever did it
 */
@SuppressWarnings(
    "ArrayRecordComponent") // A payload is bytes; two letters are compared by their id.
public record DeadLetter(
    String id,
    String taskId,
    byte[] payload,
    Map<String, String> headers,
    int attempts,
    String reason,
    Instant time) {

  /** The reason of a task that used up its {@link QueueConfig#maxDeliveries()}. */
  public static final String MAX_DELIVERIES = "max deliveries";

  /** Copies the headers. */
  public DeadLetter {
    headers = Map.copyOf(headers);
  }

  /** Tells all but the payload and the values of the headers, which may be confidential. */
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
        + ", attempts "
        + attempts
        + ", "
        + reason
        + ", "
        + time
        + "]";
  }
}
