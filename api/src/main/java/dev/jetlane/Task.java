// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A piece of work: an id, a payload, headers, a delay, a deadline and a priority. Immutable and
 * thread-safe.
 *
 * <p>The id is the idempotency key of {@link Partition#push}. The payload is bytes: the queue
 * neither serializes nor deserializes it.
 */
@CheckReturnValue
public final class Task {

  private final String id;
  private final byte[] payload;
  private final Map<String, String> headers;
  private final Times times;
  private final int priority;

  private Task(String id, byte[] payload, Map<String, String> headers, Times times, int priority) {
    this.id = id;
    this.payload = payload;
    this.headers = headers;
    this.times = times;
    this.priority = priority;
  }

  /** When a task may be delivered: from when on, and until when. */
  private record Times(
      Duration delay,
      @Nullable Instant delayUntil,
      @Nullable Instant deadline,
      @Nullable Duration timeToLive) {

    static final Times ANY = new Times(Duration.ZERO, null, null, null);
  }

  /**
   * Creates a task with priority 0, without headers, delay and deadline.
   *
   * @param id from 1 to {@link Limits#MAX_ID} printable ASCII characters without space
   * @param payload the payload; copied, may be empty. The push checks its size against {@link
   *     QueueConfig#maxPayloadBytes}.
   * @return the task
   * @throws InvalidInputException if the id breaks its rule, or the payload is null
   */
  public static Task of(String id, byte[] payload) {
    Limits.checkTaskId(id);
    return new Task(id, Limits.checkPresent("payload", payload).clone(), Map.of(), Times.ANY, 0);
  }

  /**
   * Creates a task like {@link #of(String, byte[])}, with a text in UTF-8 as payload.
   *
   * @param id from 1 to {@link Limits#MAX_ID} printable ASCII characters without space
   * @param payload the text
   * @return the task
   * @throws InvalidInputException as for {@link #of(String, byte[])}
   */
  public static Task of(String id, String payload) {
    return of(id, Limits.checkPresent("payload", payload).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Creates a task like {@link #of(String, byte[])}, with a random id.
   *
   * <p>A random id makes only a repeated push of this object safe. Another task for the same work
   * has another id and is stored too. If the work has its own identifier, such as an order number,
   * use that as the id.
   *
   * @param payload the payload; copied, may be empty
   * @return the task; its id is a random UUID
   * @throws InvalidInputException if the payload is null
   */
  public static Task withRandomId(byte[] payload) {
    return of(UUID.randomUUID().toString(), payload);
  }

  /**
   * Creates a task like {@link #withRandomId(byte[])}, with a text in UTF-8 as payload.
   *
   * @param payload the text
   * @return the task; its id is a random UUID
   * @throws InvalidInputException if the payload is null
   */
  public static Task withRandomId(String payload) {
    return of(UUID.randomUUID().toString(), payload);
  }

  /**
   * Returns a copy with one more header, or with another value of an existing header.
   *
   * @param name an HTTP token: ASCII letters, digits and {@code !#$%&'*+-.^_`|~}; not starting with
   *     {@code Nats-} or {@code Jetlane-} in any case. Names are case-sensitive.
   * @param value any text without control characters and without white space at an end; may be
   *     empty
   * @return the copy
   * @throws InvalidInputException if name or value breaks its rule, or if there are more than
   *     {@link Limits#MAX_HEADERS} headers or more than {@link Limits#MAX_HEADER_BYTES} bytes of
   *     headers
   */
  public Task withHeader(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return withHeaders(more);
  }

  /**
   * Returns a copy with these headers only.
   *
   * @param all the headers; copied
   * @return the copy
   * @throws InvalidInputException as for {@link #withHeader}
   */
  public Task withHeaders(Map<String, String> all) {
    return new Task(
        id, payload, Collections.unmodifiableMap(Limits.checkHeaders(all)), times, priority);
  }

  /**
   * Returns a copy that is delivered only after the given delay, see {@link Partition#push}. The
   * delay counts from when the queue stores the task, so a repeated push does not move it. Replaces
   * a {@link #withDelayUntil}.
   *
   * @param value from zero, which is no delay, to {@link Limits#MAX_PUSH_DELAY}
   * @return the copy
   * @throws InvalidInputException if the delay is out of that range
   */
  public Task withDelay(Duration value) {
    Duration delay = Limits.checkPushDelay(value);
    return with(new Times(delay, null, times.deadline, times.timeToLive));
  }

  /**
   * Returns a copy that is not delivered before an instant. The push converts the instant to a
   * {@link #withDelay delay}, by the clock of its client. A past instant means no delay, and the
   * push refuses one that is more than {@link Limits#MAX_PUSH_DELAY} away. Replaces a {@link
   * #withDelay}.
   *
   * @param instant the earliest time of delivery
   * @return the copy
   * @throws InvalidInputException if the instant is null
   */
  public Task withDelayUntil(Instant instant) {
    Instant until = Limits.checkPresent("instant", instant);
    return with(new Times(Duration.ZERO, until, times.deadline, times.timeToLive));
  }

  /**
   * Returns a copy that is never handed out at or after an instant. A pull or worker that finds the
   * expired task makes it a dead letter with the reason {@link DeadLetter#EXPIRED}. The deadline
   * limits each delivery, not the work: a handler that has started may continue. Replaces a {@link
   * #withTimeToLive}.
   *
   * <p>The client that pulls compares the deadline with its own clock, so differences between the
   * clocks matter. The push refuses a delay that ends at the deadline or later. A redriven dead
   * letter has no deadline.
   *
   * @param instant the deadline
   * @return the copy
   * @throws InvalidInputException if the instant is null
   */
  public Task withDeadline(Instant instant) {
    Instant deadline = Limits.checkPresent("deadline", instant);
    return with(new Times(times.delay, times.delayUntil, deadline, null));
  }

  /**
   * Returns a copy whose {@link #withDeadline deadline} is this time after the push, by the clock
   * of the client that pushes. Replaces a {@link #withDeadline}.
   *
   * @param value from 1 ms to {@link Limits#MAX_TIME_TO_LIVE}
   * @return the copy
   * @throws InvalidInputException if the time is out of that range
   */
  public Task withTimeToLive(Duration value) {
    Duration checked = Limits.checkTimeToLive(value);
    return with(new Times(times.delay, times.delayUntil, null, checked));
  }

  /**
   * Returns a copy without a {@link #withDeadline deadline} and without a time to live.
   *
   * @return the copy
   */
  public Task withoutDeadline() {
    return with(new Times(times.delay, times.delayUntil, null, null));
  }

  private Task with(Times value) {
    return new Task(id, payload, headers, value, priority);
  }

  /**
   * Returns a copy with a priority; higher ones are delivered first, see {@link
   * QueueConfig#withPriorities}. The task keeps it through delays, redeliveries and redrives.
   *
   * @param value from 0, the lowest and the default, to {@link Limits#MAX_PRIORITIES} - 1; the push
   *     refuses a priority that its queue does not have
   * @return the copy
   * @throws InvalidInputException if the priority is out of that range
   */
  public Task withPriority(int value) {
    return new Task(
        id, payload, headers, times, Limits.checkPriority(value, Limits.MAX_PRIORITIES));
  }

  /**
   * Returns the id.
   *
   * @return the id
   */
  public String id() {
    return id;
  }

  /**
   * Returns a copy of the payload.
   *
   * @return a new array at each call
   */
  public byte[] payload() {
    return payload.clone();
  }

  /**
   * Copies the payload into an array of the caller, without allocating another one.
   *
   * @param target the destination array
   * @param at the offset in it at which the payload starts
   * @throws IndexOutOfBoundsException if the payload does not fit; nothing was copied
   */
  public void copyPayload(byte[] target, int at) {
    System.arraycopy(payload, 0, target, at, payload.length);
  }

  /**
   * Returns the size of the payload.
   *
   * @return the size in bytes
   */
  public int payloadSize() {
    return payload.length;
  }

  /**
   * Returns the headers.
   *
   * @return an immutable map
   */
  public Map<String, String> headers() {
    return headers;
  }

  /**
   * Returns the delay, counted from when the task is stored.
   *
   * @return the delay; zero for none
   */
  public Duration delay() {
    return times.delay;
  }

  /**
   * Returns the earliest time of delivery.
   *
   * @return the argument of {@link #withDelayUntil}; empty without it. A task that a push gives to
   *     listeners has a {@link #delay} instead.
   */
  public Optional<Instant> delayUntil() {
    return Optional.ofNullable(times.delayUntil);
  }

  /**
   * Returns the deadline, from which on the task is not handed out.
   *
   * @return the argument of {@link #withDeadline}; empty without it. In a task that a push gives to
   *     listeners a time to live is a deadline.
   */
  public Optional<Instant> deadline() {
    return Optional.ofNullable(times.deadline);
  }

  /**
   * Returns the time to live, counted from the push.
   *
   * @return the argument of {@link #withTimeToLive}; empty without it
   */
  public Optional<Duration> timeToLive() {
    return Optional.ofNullable(times.timeToLive);
  }

  /**
   * Returns the priority.
   *
   * @return the priority; 0, the lowest, by default
   */
  public int priority() {
    return priority;
  }

  /** Compares id, payload, headers, delay, deadline and priority. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Task that
        && id.equals(that.id)
        && Arrays.equals(payload, that.payload)
        && headers.equals(that.headers)
        && times.equals(that.times)
        && priority == that.priority;
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, Arrays.hashCode(payload), headers, times, priority);
  }

  /**
   * Contains id, size and header names, but neither payload nor header values, which may be
   * confidential.
   */
  @Override
  public String toString() {
    String until = times.delayUntil == null ? "" : ", delay until " + times.delayUntil;
    String when = times.delay.isZero() ? until : ", delay " + times.delay;
    String live = times.timeToLive == null ? "" : ", time to live " + times.timeToLive;
    String end = times.deadline == null ? live : ", deadline " + times.deadline;
    String first = priority == 0 ? "" : ", priority " + priority;
    return "Task["
        + id
        + ", "
        + payload.length
        + " bytes, headers "
        + headers.keySet()
        + when
        + end
        + first
        + "]";
  }
}
