package dev.jetlane.nats.pull;

import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Session;
import java.util.function.Consumer;

/** A puller of one partition. */
public interface PartitionPuller extends Puller {

  /**
   * Makes one, which is to be connected.
   *
   * @param lanes the partition, by priority
   * @param onClose hears of the end of this puller
   */
  static PartitionPuller of(
      Session session,
      PartitionAddress[] lanes,
      PullOptions options,
      Consumer<PartitionPuller> onClose) {
    return lanes.length == 1
        ? new NatsPuller(new PullContext(session, lanes[0], options), onClose)
        : new PriorityPuller(session, lanes, options, onClose);
  }

  /** Asks whether there is what this client may pull from, without leasing anything. */
  PartitionPuller connect();
}
