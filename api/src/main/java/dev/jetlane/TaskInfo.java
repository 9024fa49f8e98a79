package dev.jetlane;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A task as an operator sees it, at one moment.
 *
 * @param id the id that the task was pushed with
 * @param state where it was at that moment
 * @param attempts how often it was delivered; empty where the queue does not know that of a single
 *     task, as a nats-server of an outstanding one
 * @param priority its priority
 * @param age how long ago it was pushed, or became due, or was redriven; never negative. On a
 *     server it is measured between the server's clock and this client's
 * @param dueIn how long until a delayed task is due, zero if it waits for room; empty for others
 * @param headers the headers that it was pushed with
 * @param payloadBytes the size of its payload
 * @param payload the payload, where {@link TaskQuery#withPayloads} asked for it; the array is this
 *     record's own
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

  /** Copies the headers. */
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

  /** Leaves out the payload and the values of the headers, which may be confidential. */
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
