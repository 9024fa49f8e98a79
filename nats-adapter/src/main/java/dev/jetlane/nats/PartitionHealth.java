package dev.jetlane.nats;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.pull.PartitionStatus;
import dev.jetlane.nats.pull.Pullers;
import dev.jetlane.nats.request.PushWatch;
import dev.jetlane.nats.request.Session;
import io.nats.client.api.ConsumerInfo;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether one partition can be used, by what this client may do: asks for the consumer; a
 * worker that may not, tries whether it could pull; a producer that may do neither has nothing to
 * look at.
 */
final class PartitionHealth {

  /** A pull so lately says as much as any question. */
  private static final long RECENT_NANOS = 10_000_000_000L;

  private final Session session;
  private final PartitionAddress address;
  private final Pullers pullers;
  private final PartitionStatus status;
  private final PushWatch pushes;
  private volatile @Nullable String warning;
  private int askedInVain = -1;
  private int triedInVain = -1;

  PartitionHealth(
      Session session,
      PartitionAddress address,
      PartitionStatus status,
      Pullers pullers,
      PushWatch pushes) {
    this.session = session;
    this.address = address;
    this.status = status;
    this.pullers = pullers;
    this.pushes = pushes;
  }

  /**
   * What is wrong; null if nothing is, or nothing that this client may see.
   *
   * @param look asks for the consumer
   */
  synchronized @Nullable String problem(Runnable look, long deadlineNanos) {
    int epoch = session.monitor.epoch();
    boolean looked = false;
    try {
      if (askedInVain != epoch) {
        look.run();
        looked = true;
      }
    } catch (PermissionDeniedException e) {
      askedInVain = epoch; // Permissions are another connection's affair.
    } catch (TaskQueueException e) {
      return e.getMessage();
    }
    PushWatch.FailedPush push = pushes.failed();
    if (push != null && isRecent(push.atNanos())) {
      return describe(push);
    }
    PartitionStatus.FailedPull failed = status.failedPull();
    if (failed != null) {
      return afterFailedPull(failed, epoch, deadlineNanos);
    }
    return looked || triedInVain == epoch || isRecent(status.pulledAtNanos())
        ? null
        : tryToPull(epoch, deadlineNanos);
  }

  /**
   * A pull that failed counts until one goes well. One that is long ago, or of another connection,
   * is tried again here: else a worker that was told to rest would never be ready again.
   */
  private @Nullable String afterFailedPull(
      PartitionStatus.FailedPull failed, int epoch, long deadlineNanos) {
    if (failed.epoch() == epoch && isRecent(failed.atNanos())) {
      return describe(failed);
    }
    String problem = tryToPull(epoch, deadlineNanos);
    if (problem == null && triedInVain == epoch) {
      return describe(failed);
    }
    if (problem == null) {
      status.forget(failed);
    }
    return problem;
  }

  private static boolean isRecent(long atNanos) {
    return System.nanoTime() - atNanos < RECENT_NANOS;
  }

  private String describe(PartitionStatus.FailedPull failed) {
    String well =
        status.hasPulled()
            ? "the last one that went well ended " + age(status.pulledAtNanos())
            : "none went well yet";
    return "partition "
        + address.partition
        + ": the last pull failed "
        + age(failed.atNanos())
        + " ("
        + failed.error().getMessage()
        + "); "
        + well;
  }

  /** Counts for a while, and until one goes well: a server that stores nothing answers the rest. */
  private String describe(PushWatch.FailedPush failed) {
    return "partition "
        + address.partition
        + ": the last push failed "
        + age(failed.atNanos())
        + " ("
        + failed.error().getMessage()
        + ")";
  }

  private static String age(long atNanos) {
    return NANOSECONDS.toSeconds(System.nanoTime() - atNanos) + " s ago";
  }

  private @Nullable String tryToPull(int epoch, long deadlineNanos) {
    try {
      pullers.probe(deadlineNanos);
      return null;
    } catch (PermissionDeniedException e) {
      triedInVain = epoch;
      return null;
    } catch (TaskQueueException e) {
      return e.getMessage();
    }
  }

  /** Notes what needs attention, or null; returns whether that begins. */
  boolean warn(@Nullable String found) {
    boolean begins = found != null && warning == null;
    warning = found;
    return begins;
  }

  /** What the last look found that needs attention, or null. */
  @Nullable String warning() {
    return warning;
  }

  /** What needs attention though the partition works; null if nothing does. */
  static @Nullable String warning(PartitionAddress address, ConsumerInfo info) {
    if (info.getPaused()) {
      return "partition "
          + address.consumer
          + " is paused on the server (nats consumer pause): nothing is handed out before it is"
          + " resumed";
    }
    long limit = info.getConsumerConfiguration().getMaxAckPending();
    if (limit <= 0 || info.getNumAckPending() < limit) {
      return null;
    }
    return "partition "
        + address.consumer
        + " has "
        + info.getNumAckPending()
        + " tasks outstanding, as many as it may: nothing new is handed out until some are settled"
        + " (QueueConfig.maxOutstanding)";
  }
}
