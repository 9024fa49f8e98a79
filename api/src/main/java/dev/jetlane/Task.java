package dev.jetlane;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A piece of work: an id, a payload and headers, and when it is wanted. Immutable and thread-safe.
 *
 * <p>The id is the idempotency key of {@link Partition#push}. The payload is bytes, and stays
 * bytes: the queue neither serializes nor deserializes anything.
 */
public final class Task {

  private final String id;
  private final byte[] payload;
  private final Map<String, String> headers;
  private final Duration delay;
  private final int priority;

  private Task(
      String id, byte[] payload, Map<String, String> headers, Duration delay, int priority) {
    this.id = id;
    this.payload = payload;
    this.headers = headers;
    this.delay = delay;
    this.priority = priority;
  }

  /**
   * A task without headers and without delay, of priority 0.
   *
   * @param id from 1 to {@link Limits#MAX_ID} printable ASCII characters without space
   * @param payload copied; may be empty. Its size is checked against {@link
   *     QueueConfig#maxPayloadBytes} by the push.
   * @throws InvalidInputException if the id breaks its rule, or the payload is null
   */
  public static Task of(String id, byte[] payload) {
    Limits.checkTaskId(id);
    return new Task(
        id, Limits.checkPresent("payload", payload).clone(), Map.of(), Duration.ZERO, 0);
  }

  /** As {@link #of(String, byte[])}, with the payload in UTF-8. */
  public static Task of(String id, String payload) {
    return of(id, Limits.checkPresent("payload", payload).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * This task with a header more, or with another value of a header that it has.
   *
   * @param name an HTTP token: ASCII letters, digits and {@code !#$%&'*+-.^_`|~}; not starting with
   *     {@code Nats-} or {@code Jetlane-} in any case. Names are case-sensitive.
   * @param value printable ASCII and spaces, with no space at either end; may be empty
   * @throws InvalidInputException if name or value breaks its rule, or if the headers become more
   *     than {@link Limits#MAX_HEADERS} or larger than {@link Limits#MAX_HEADER_BYTES} together
   */
  public Task withHeader(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return withHeaders(more);
  }

  /**
   * This task with these headers in place of its own.
   *
   * @param all copied
   * @throws InvalidInputException as for {@link #withHeader}
   */
  public Task withHeaders(Map<String, String> all) {
    return new Task(
        id, payload, Collections.unmodifiableMap(Limits.checkHeaders(all)), delay, priority);
  }

  /**
   * This task, to be delivered for the first time not before so long after it was stored: see
   * {@link Partition#push}. Counted from the store and not from this call, so a push that is
   * repeated does not move it.
   *
   * @param value from zero, which is no delay, to {@link Limits#MAX_PUSH_DELAY}
   * @throws InvalidInputException if the delay is out of that range
   */
  public Task withDelay(Duration value) {
    return new Task(id, payload, headers, Limits.checkPushDelay(value), priority);
  }

  /**
   * This task with a priority: the higher, the sooner; see {@link QueueConfig#withPriorities(int,
   * int)}. It keeps it in every delivery, when it was delayed, and when it is redriven.
   *
   * @param value from 0, the lowest and the default, to {@link Limits#MAX_PRIORITIES} - 1; the push
   *     refuses one that its queue does not have
   * @throws InvalidInputException if the priority is out of that range
   */
  public Task withPriority(int value) {
    return new Task(
        id, payload, headers, delay, Limits.checkPriority(value, Limits.MAX_PRIORITIES));
  }

  /** The id. */
  public String id() {
    return id;
  }

  /** A copy of the payload. */
  public byte[] payload() {
    return payload.clone();
  }

  /**
   * Copies the payload into an array of the caller's, and makes no array of its own.
   *
   * @param target where to
   * @param at where in it the payload starts
   * @throws IndexOutOfBoundsException if it does not fit; nothing was copied
   */
  public void copyPayload(byte[] target, int at) {
    System.arraycopy(payload, 0, target, at, payload.length);
  }

  /** The size of the payload in bytes. */
  public int payloadSize() {
    return payload.length;
  }

  /** The headers, immutable. */
  public Map<String, String> headers() {
    return headers;
  }

  /** How long after it was stored it is due; zero for at once. */
  public Duration delay() {
    return delay;
  }

  /** The higher, the sooner; 0 if nothing was said. */
  public int priority() {
    return priority;
  }

  /** Two tasks are equal if id, payload, headers, delay and priority are. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Task that
        && id.equals(that.id)
        && Arrays.equals(payload, that.payload)
        && headers.equals(that.headers)
        && delay.equals(that.delay)
        && priority == that.priority;
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, Arrays.hashCode(payload), headers, delay, priority);
  }

  /** Names the id and the sizes; payload and header values may be confidential and are left out. */
  @Override
  public String toString() {
    String when = delay.isZero() ? "" : ", delay " + delay;
    String first = priority == 0 ? "" : ", priority " + priority;
    return "Task["
        + id
        + ", "
        + payload.length
        + " bytes, headers "
        + headers.keySet()
        + when
        + first
        + "]";
  }
}
