// SPDX-License-Identifier: Apache-2.0
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
 * Checks a partition within the permissions of this client: by the consumer, or without that
 * permission by a trial pull. For a producer, which may do neither, there is no check.
 */
final class PartitionHealth {

  /** A pull this recent proves as much as a request. */
  private static final long RECENT_NANOS = 10_000_000_000L;

  private final Session session;
  private final PartitionAddress address;
  private final Pullers pullers;
  private final PartitionStatus status;
  private final PushWatch pushes;
  private final long recentNanos;
  private volatile @Nullable String warning;

  /** A new warning that is not reported yet. Guarded by this object's monitor. */
  private @Nullable String begun;

  private int askedInVain = -1;
  private int triedInVain = -1;

  PartitionHealth(
      Session session,
      PartitionAddress address,
      PartitionStatus status,
      Pullers pullers,
      PushWatch pushes) {
    this(session, address, status, pullers, pushes, RECENT_NANOS);
  }

  /** For tests, which cannot wait until a push is no longer recent. */
  PartitionHealth(
      Session session,
      PartitionAddress address,
      PartitionStatus status,
      Pullers pullers,
      PushWatch pushes,
      long recentNanos) {
    this.recentNanos = recentNanos;
    this.session = session;
    this.address = address;
    this.status = status;
    this.pullers = pullers;
    this.pushes = pushes;
  }

  /**
   * Returns the problem; null if there is none, or none that this client may see.
   *
   * @param look requests the consumer
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
      askedInVain = epoch; // Only another connection can have other permissions.
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
   * Judges a failed pull, which counts until a pull succeeds. If it is old, or was on another
   * connection, this makes a trial pull: otherwise a paused worker would never be ready again.
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

  private boolean isRecent(long atNanos) {
    return System.nanoTime() - atNanos < recentNanos;
  }

  private String describe(PartitionStatus.FailedPull failed) {
    String well =
        status.hasPulled()
            ? "the last successful pull ended " + age(status.pulledAtNanos())
            : "no pull has succeeded yet";
    return "partition "
        + address.partition
        + ": the last pull failed "
        + age(failed.atNanos())
        + " ("
        + failed.error().getMessage()
        + "); "
        + well;
  }

  /**
   * Describes a failed push, which counts until a push succeeds, and only for a limited time.
   * Pushes are watched because a server that cannot store still answers all other requests.
   */
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

  /** Records a warning, or null. */
  synchronized void warn(@Nullable String found) {
    boolean begins = found != null && warning == null;
    warning = found;
    begun = begins ? found : begun;
  }

  /** Returns a new warning, only once; otherwise null. */
  synchronized @Nullable String begun() {
    String one = begun;
    begun = null;
    return one;
  }

  /** Returns the warning of the last check, or null. */
  @Nullable String warning() {
    return warning;
  }

  /** Returns a warning about a partition that works; null if there is none. */
  static @Nullable String warning(PartitionAddress address, ConsumerInfo info) {
    if (info.getPaused()) {
      return "partition "
          + address.consumer
          + " is paused on the server (PartitionAdmin.pause): no task is handed out until"
          + " it is resumed";
    }
    long limit = info.getConsumerConfiguration().getMaxAckPending();
    if (limit <= 0 || info.getNumAckPending() < limit) {
      return null;
    }
    return "partition "
        + address.consumer
        + " has "
        + info.getNumAckPending()
        + " outstanding tasks, its maximum: no new task is handed out until some are settled"
        + " (QueueConfig.maxOutstanding)";
  }
}
