package dev.jetlane.nats.pull;

import dev.jetlane.PullOptions;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.driver.PullDriver;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** Makes the pulls of one partition. */
public final class Pullers {

  private final Session session;
  private final List<PartitionAddress> addresses;
  private final PartitionStatus status;

  /**
   * Asks nothing.
   *
   * @param addresses the partition, by priority
   */
  public Pullers(Session session, List<PartitionAddress> addresses, PartitionStatus status) {
    this.session = session;
    this.addresses = addresses;
    this.status = status;
  }

  /**
   * Makes one, which is to be connected.
   *
   * @param deliveries makes the delivery of a lease
   * @param onClose called at the end of this pull
   */
  public PartitionPull make(
      PullOptions options,
      Function<Lease, LeasedDelivery> deliveries,
      Consumer<PullDriver> onClose) {
    List<PullContext> contexts = new ArrayList<>();
    for (PartitionAddress address : addresses) {
      contexts.add(new PullContext(session, address, status, options, deliveries));
    }
    return contexts.size() == 1
        ? new NatsPull(contexts.get(0), onClose)
        : new PriorityPull(contexts, onClose);
  }

  /** Whether this client can pull: tries it, and leases nothing. */
  public void probe(long deadlineNanos) {
    Function<Lease, LeasedDelivery> none =
        lease -> {
          throw new IllegalStateException("a probe leases nothing");
        };
    try (PartitionPull pull = make(PullOptions.defaults(), none, closed -> {})) {
      pull.connect(deadlineNanos);
    }
  }
}
