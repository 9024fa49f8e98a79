package dev.jetlane.nats;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.PullOptions;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.layout.FailedPush;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.pull.FailedPull;
import dev.jetlane.nats.pull.PartitionPuller;
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
  private final PartitionAddress[] lanes;
  private final PartitionAddress lane;
  private int askedInVain = -1;
  private int triedInVain = -1;

  PartitionHealth(Session session, PartitionAddress[] lanes) {
    this.session = session;
    this.lanes = lanes;
    lane = lanes[0];
  }

  /**
   * What is wrong; null if nothing is, or nothing that this client may see.
   *
   * @param look asks for the consumer
   */
  synchronized @Nullable String problem(Runnable look) {
    int epoch = session.link.epoch();
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
    String push = failedPush();
    if (push != null) {
      return push;
    }
    FailedPull failed = lane.failedPull;
    if (failed != null) {
      return afterFailedPull(failed, epoch);
    }
    return looked || triedInVain == epoch || isRecent(lane.pulledAtNanos) ? null : tryToPull(epoch);
  }

  /** Counts for a while, and until one goes well: who is not ready gets no work to push. */
  private @Nullable String failedPush() {
    for (PartitionAddress each : lanes) {
      FailedPush failed = each.failedPush;
      if (failed != null && isRecent(failed.atNanos())) {
        return "partition "
            + lane.partition
            + ": the last push failed "
            + age(failed.atNanos())
            + " ("
            + failed.error().getMessage()
            + ")";
      }
    }
    return null;
  }

  /**
   * A pull that failed counts until one goes well. One that is long ago, or of another connection,
   * is tried again here: else a worker that was told to rest would never be ready again.
   */
  private @Nullable String afterFailedPull(FailedPull failed, int epoch) {
    if (failed.epoch() == epoch && isRecent(failed.atNanos())) {
      return describe(failed);
    }
    String problem = tryToPull(epoch);
    if (problem == null && triedInVain == epoch) {
      return describe(failed);
    }
    if (problem == null && failed.equals(lane.failedPull)) {
      lane.failedPull = null;
    }
    return problem;
  }

  private static boolean isRecent(long atNanos) {
    return System.nanoTime() - atNanos < RECENT_NANOS;
  }

  private String describe(FailedPull failed) {
    boolean everWell = System.nanoTime() - lane.pulledAtNanos < PartitionAddress.NEVER_NANOS / 2;
    String well =
        everWell
            ? "the last one that went well ended " + age(lane.pulledAtNanos)
            : "none went well yet";
    return "partition "
        + lane.partition
        + ": the last pull failed "
        + age(failed.atNanos())
        + " ("
        + failed.error().getMessage()
        + "); "
        + well;
  }

  private static String age(long atNanos) {
    return NANOSECONDS.toSeconds(System.nanoTime() - atNanos) + " s ago";
  }

  private @Nullable String tryToPull(int epoch) {
    try (PartitionPuller puller =
        PartitionPuller.of(session, lanes, PullOptions.defaults(), closed -> {})) {
      puller.connect();
      return null;
    } catch (PermissionDeniedException e) {
      triedInVain = epoch;
      return null;
    } catch (TaskQueueException e) {
      return e.getMessage();
    }
  }

  /** What needs attention though the partition works; null if nothing does. */
  static @Nullable String warning(PartitionAddress lane, ConsumerInfo info) {
    if (info.getPaused()) {
      return "partition "
          + lane.consumer
          + " is paused by an operator"
          + (info.getPauseRemaining() == null ? "" : " for " + info.getPauseRemaining())
          + ": nothing is handed out";
    }
    long limit = info.getConsumerConfiguration().getMaxAckPending();
    if (limit <= 0 || info.getNumAckPending() < limit) {
      return null;
    }
    return "partition "
        + lane.consumer
        + " has "
        + info.getNumAckPending()
        + " tasks outstanding, as many as it may: nothing new is handed out until some are settled"
        + " (QueueConfig.maxOutstanding)";
  }
}
