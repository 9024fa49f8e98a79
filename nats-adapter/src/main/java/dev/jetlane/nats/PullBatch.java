package dev.jetlane.nats;

import dev.jetlane.Delivery;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** What one pull has got so far. */
final class PullBatch {

  private static final int INITIAL_CAPACITY = 128;

  private final int max;
  private final List<Delivery> deliveries;

  /** Tasks that used up their deliveries: to be moved, not handed out. */
  final Deque<NatsDelivery> exhausted = new ArrayDeque<>(0);

  PullBatch(int max) {
    this.max = max;
    deliveries = new ArrayList<>(Math.min(max, INITIAL_CAPACITY));
  }

  void add(NatsDelivery delivery) {
    deliveries.add(delivery);
  }

  int room() {
    return max - deliveries.size();
  }

  boolean isEmpty() {
    return deliveries.isEmpty();
  }

  List<Delivery> deliveries() {
    return deliveries;
  }
}
