package dev.jetlane.nats;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.PullOptions;
import dev.jetlane.TaskQueueException;
import io.nats.client.api.ConsumerInfo;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether one partition can be used, by what this client may do: asks for the consumer; a
 * worker that may not, tries whether it could pull; a producer that may do neither has nothing to
 * look at.
 */
final class Checkup {

  /** A pull that went well so lately says as much as any question. */
  private static final long RECENT_NANOS = 10_000_000_000L;

  private final Session session;
  private final Lane[] lanes;
  private int askedInVain = -1;
  private int triedInVain = -1;

  Checkup(Session session, Lane[] lanes) {
    this.session = session;
    this.lanes = lanes;
  }

  /**
   * What is wrong; null if nothing is, or nothing that this client may see.
   *
   * @param look asks for the consumer
   */
  synchronized @Nullable String problem(Runnable look) {
    int epoch = session.link.epoch();
    try {
      if (askedInVain != epoch) {
        look.run();
        return null;
      }
    } catch (PermissionDeniedException e) {
      askedInVain = epoch; // Permissions are another connection's affair.
    } catch (TaskQueueException e) {
      return e.getMessage();
    }
    if (triedInVain == epoch || System.nanoTime() - lanes[0].pulledAtNanos < RECENT_NANOS) {
      return null;
    }
    try (LanePuller puller = LanePuller.of(session, lanes, PullOptions.defaults(), closed -> {})) {
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
  static @Nullable String warning(Lane lane, ConsumerInfo info) {
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
