package dev.jetlane.nats.pull;

import dev.jetlane.PullOptions;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Session;
import java.util.List;
import java.util.function.Consumer;

/** Makes pullers. */
public final class Pullers {

  private Pullers() {}

  /**
   * Makes one, which is to be connected.
   *
   * @param addresses the partition, by priority
   * @param onClose called at the end of this puller
   */
  public static PartitionPuller of(
      Session session,
      List<PartitionAddress> addresses,
      PartitionStatus status,
      PullOptions options,
      Consumer<PartitionPuller> onClose) {
    return addresses.size() == 1
        ? new NatsPuller(new PullContext(session, addresses.get(0), status, options), onClose)
        : new PriorityPuller(session, addresses, status, options, onClose);
  }
}
