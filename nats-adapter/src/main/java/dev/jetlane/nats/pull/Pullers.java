// SPDX-License-Identifier: Apache-2.0
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

/** Creates the pulls of one partition. */
public final class Pullers {

  private final Session session;
  private final List<PartitionAddress> addresses;
  private final PartitionStatus status;

  /**
   * Sends no request.
   *
   * @param addresses the partition, by priority
   */
  public Pullers(Session session, List<PartitionAddress> addresses, PartitionStatus status) {
    this.session = session;
    this.addresses = addresses;
    this.status = status;
  }

  /**
   * Creates a pull; the caller connects it.
   *
   * @param deliveries makes the delivery of a lease
   * @param onClose called when the pull is closed
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

  /** Checks that this client can pull, without leasing a task. */
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
