// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.delay;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.Session;
import io.nats.client.api.ConsumerInfo;
import java.time.ZonedDateTime;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The time of the server. The server stamps stored messages, so its clock alone decides when a
 * delayed task is due: the wall clock of a client may be an hour off.
 *
 * <p>The information on a consumer contains the time of the server at some moment between request
 * and answer; a monotonic clock continues it from the arrival of the answer. So the estimate is
 * never ahead of the server, and behind it by a round trip at most.
 *
 * <p>The wall clock of the client only shows that the monotonic clock stood still, as on a
 * suspended machine, or that a clock was set. Then this sends another request. Thread-safe.
 */
final class ServerClock {

  /** How often the server is asked, because clocks drift and are set. */
  private static final long ASK_AGAIN_NANOS = SECONDS.toNanos(20);

  private static final long TOLERANCE_NANOS = MILLISECONDS.toNanos(500);

  /** The server's time at a moment of the monotonic clock, and the wall clock at that moment. */
  private record Reading(long serverNanos, long atNanos, long wallNanos, int epoch) {}

  private final Session session;
  private final String stream;
  private final LongSupplier nanos;
  private final LongSupplier wallMillis;
  private final Runnable onDenied;
  private volatile @Nullable Reading last;
  private volatile boolean asking;

  /**
   * Sends no request yet.
   *
   * @param nanos the client's monotonic clock
   * @param wallMillis the client's wall clock, in milliseconds since any time
   * @param onDenied called if this client may not ask for the time
   */
  ServerClock(
      Session session,
      String stream,
      LongSupplier nanos,
      LongSupplier wallMillis,
      Runnable onDenied) {
    this.session = session;
    this.stream = stream;
    this.nanos = nanos;
    this.wallMillis = wallMillis;
    this.onDenied = onDenied;
  }

  /**
   * Returns the server's time in nanoseconds since 1970; empty before it is known. Sends a request
   * if the last answer is old, without waiting. Called when a message of the consumer has arrived.
   */
  OptionalLong nowNanos() {
    Reading reading = last;
    long sinceNanos = reading == null ? 0 : nanos.getAsLong() - reading.atNanos;
    if (reading == null
        || reading.epoch != session.monitor.epoch()
        || Math.abs(wallNanos() - reading.wallNanos - sinceNanos) > TOLERANCE_NANOS) {
      ask(reading);
      return OptionalLong.empty();
    }
    if (sinceNanos > ASK_AGAIN_NANOS) {
      ask(reading);
    }
    return OptionalLong.of(reading.serverNanos + sinceNanos);
  }

  /**
   * Asks for the time, unless a question is open, or was answered since.
   *
   * @param seen the last reading that the caller has seen
   */
  private void ask(@Nullable Reading seen) {
    if (!asking && Objects.equals(last, seen)) {
      asking = true;
      var unused = session.api.runAsync(this::read).whenComplete((done, error) -> asking = false);
    }
  }

  private void read() {
    int epoch = session.monitor.epoch();
    try {
      ConsumerInfo info =
          session.api.consumerInfo(
              stream, PartitionAddress.DELAYED_CONSUMER, session.deadlineNanos());
      ZonedDateTime time = info == null ? null : time(info);
      if (time != null) {
        long serverNanos = WireHeaders.nanos(time.toInstant());
        last = new Reading(serverNanos, nanos.getAsLong(), wallNanos(), epoch);
      }
    } catch (PermissionDeniedException e) {
      onDenied.run();
    } catch (TaskQueueException e) {
      // The next message asks again.
    }
  }

  /**
   * Returns the time in an answer. Servers before 2.10 report only when the consumer sent its last
   * message. That time is recent, because the request follows the arrival of a message.
   */
  private static @Nullable ZonedDateTime time(ConsumerInfo info) {
    ZonedDateTime time = info.getTimestamp();
    return time != null ? time : info.getDelivered().getLastActive();
  }

  private long wallNanos() {
    return MILLISECONDS.toNanos(wallMillis.getAsLong());
  }
}
