// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.driver.LeasedDelivery;
import java.util.ArrayList;
import java.util.List;

/** The tasks that one pull has received so far. */
final class PullBatch {

  private static final int INITIAL_CAPACITY = 128;

  private final int max;
  private final long maxBytes;
  private long bytes;

  /** The next task did not fit, so later ones must not overtake it. */
  private boolean full;

  private final List<LeasedDelivery> deliveries;

  /** Tasks that used up their deliveries: they are moved and not handed out. */
  private List<NatsLease> exhausted = List.of();

  /**
   * @param maxBytes of all payloads together; a single task may be larger
   */
  PullBatch(int max, long maxBytes) {
    this.max = max;
    this.maxBytes = maxBytes;
    deliveries = new ArrayList<>(Math.min(max, INITIAL_CAPACITY));
  }

  void add(LeasedDelivery delivery) {
    deliveries.add(delivery);
    bytes += delivery.payload().length;
  }

  void addExhausted(NatsLease lease) {
    if (exhausted.isEmpty()) {
      exhausted = new ArrayList<>();
    }
    exhausted.add(lease);
  }

  boolean hasExhausted() {
    return !exhausted.isEmpty();
  }

  /** Removes and returns the tasks that must not be handed out. */
  List<NatsLease> removeExhausted() {
    List<NatsLease> all = exhausted;
    exhausted = List.of();
    return all;
  }

  /** Returns the number of tasks that still fit. */
  int room() {
    return full || bytesLeft() <= 0 ? 0 : max - deliveries.size();
  }

  long bytesLeft() {
    return maxBytes - bytes;
  }

  /**
   * Returns the limit of bytes for a request; zero if it needs none, because any tasks of this
   * number fit. With a limit nats-server 2.15 ends also a filled request by a status (409 Batch
   * Completed; 2.9 and 2.10 send none), which costs the client 2.7 KB of garbage.
   *
   * @param largestMessage the size of the largest message that the server stores
   */
  long limitOf(int size, long largestMessage) {
    return size * largestMessage <= bytesLeft() ? 0 : bytesLeft();
  }

  /** Adds a task if it fits; otherwise the batch takes no more tasks. */
  boolean takes(LeasedDelivery delivery) {
    full |= room() <= 0 || (!isEmpty() && delivery.payload().length > bytesLeft());
    return !full;
  }

  /** Takes no more tasks. */
  void close() {
    full = true;
  }

  /** Forgets all tasks. */
  void clear() {
    deliveries.clear();
    bytes = 0;
    full = false;
  }

  boolean isEmpty() {
    return deliveries.isEmpty();
  }

  List<LeasedDelivery> deliveries() {
    return deliveries;
  }
}
