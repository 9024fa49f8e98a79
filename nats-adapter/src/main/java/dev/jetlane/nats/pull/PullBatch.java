package dev.jetlane.nats.pull;

import dev.jetlane.driver.LeasedDelivery;
import java.util.ArrayList;
import java.util.List;

/** What one pull has got so far. */
final class PullBatch {

  private static final int INITIAL_CAPACITY = 128;

  private final int max;
  private final List<LeasedDelivery> deliveries;

  /** Tasks that used up their deliveries: to be moved, not handed out. */
  private List<NatsLease> exhausted = List.of();

  PullBatch(int max) {
    this.max = max;
    deliveries = new ArrayList<>(Math.min(max, INITIAL_CAPACITY));
  }

  void add(LeasedDelivery delivery) {
    deliveries.add(delivery);
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

  /** What is not to be handed out; the batch forgets it. */
  List<NatsLease> removeExhausted() {
    List<NatsLease> all = exhausted;
    exhausted = List.of();
    return all;
  }

  int room() {
    return max - deliveries.size();
  }

  boolean isEmpty() {
    return deliveries.isEmpty();
  }

  List<LeasedDelivery> deliveries() {
    return deliveries;
  }
}
