package dev.jetlane.nats.delay;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Session;
import io.nats.client.api.ConsumerInfo;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The server's own time, as far as a client can know it: the server stamps what it stores, and it
 * is its clock alone that decides when a delayed task is due. The wall clock of a client may be an
 * hour off.
 *
 * <p>The server says its time with the information on a consumer. Between the question and the
 * answer it had that time, so when the answer arrives it is at least that late there; a monotonic
 * clock takes it on from there. The estimate is never ahead of the server and behind it by a round
 * trip at most, so that no task is early.
 */
final class ServerClock {

  /** Clocks drift, and a server's is set. */
  private static final long ASK_AGAIN_NANOS = SECONDS.toNanos(20);

  private record Reading(long serverNanos, long atNanos, int epoch) {}

  private final Session session;
  private final String stream;
  private final LongSupplier wallNanos;
  private volatile @Nullable Reading last;
  private volatile boolean asking;
  private volatile int deniedInEpoch = -1;

  ServerClock(Session session, String stream) {
    this(session, stream, () -> nanos(Instant.now()));
  }

  /**
   * @param wallNanos the client's own clock, in nanoseconds since 1970
   */
  ServerClock(Session session, String stream, LongSupplier wallNanos) {
    this.session = session;
    this.stream = stream;
    this.wallNanos = wallNanos;
  }

  /**
   * The server's time in nanoseconds since 1970; none before it is known. Asks for it when that is
   * too long ago, without waiting. A client that may not ask has nothing but its own clock.
   */
  OptionalLong nowNanos() {
    int epoch = session.link.epoch();
    if (deniedInEpoch == epoch) {
      return OptionalLong.of(wallNanos.getAsLong());
    }
    Reading reading = last;
    if (reading == null || reading.epoch != epoch) {
      ask(epoch);
      return OptionalLong.empty();
    }
    long sinceNanos = System.nanoTime() - reading.atNanos;
    if (sinceNanos > ASK_AGAIN_NANOS) {
      ask(epoch);
    }
    return OptionalLong.of(reading.serverNanos + sinceNanos);
  }

  private void ask(int epoch) {
    if (!asking) {
      asking = true;
      var unused =
          session.admin.later(() -> read(epoch)).whenComplete((nothing, error) -> asking = false);
    }
  }

  private void read(int epoch) {
    try {
      ConsumerInfo info =
          session.admin.ask(
              "ask for the server's time",
              "CONSUMER.INFO." + stream + "." + PartitionAddress.LATER_CONSUMER,
              management -> management.getConsumerInfo(stream, PartitionAddress.LATER_CONSUMER));
      ZonedDateTime time = info == null ? null : time(info);
      if (time != null) {
        last = new Reading(nanos(time.toInstant()), System.nanoTime(), epoch);
      }
    } catch (PermissionDeniedException e) {
      deniedInEpoch = epoch;
    } catch (QueueClosedException e) {
      // Nobody needs it any more.
    } catch (TaskQueueException e) {
      // It is asked for again.
    }
  }

  /** Servers before 2.10 say only when they sent a message to the consumer last. */
  private static @Nullable ZonedDateTime time(ConsumerInfo info) {
    ZonedDateTime time = info.getTimestamp();
    return time != null ? time : info.getDelivered().getLastActive();
  }

  static long nanos(Instant time) {
    return SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
  }
}
