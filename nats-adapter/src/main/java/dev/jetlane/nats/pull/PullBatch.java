package dev.jetlane.nats.pull;

import dev.jetlane.driver.LeasedDelivery;
import java.util.ArrayList;
import java.util.List;

/** What one pull has got so far. */
final class PullBatch {

  private static final int INITIAL_CAPACITY = 128;

  private final int max;
  private final long maxBytes;
  private long bytes;

  /** The next one did not fit: what comes after it must not overtake it. */
  private boolean full;

  private final List<LeasedDelivery> deliveries;

  /** Tasks that used up their deliveries: to be moved, not handed out. */
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

  /** What is not to be handed out; the batch forgets it. */
  List<NatsLease> removeExhausted() {
    List<NatsLease> all = exhausted;
    exhausted = List.of();
    return all;
  }

  /** For how many tasks there is room. */
  int room() {
    return full || bytesLeft() <= 0 ? 0 : max - deliveries.size();
  }

  long bytesLeft() {
    return maxBytes - bytes;
  }

  /** Whether this takes one more; if not, it takes none any more. */
  boolean takes(LeasedDelivery delivery) {
    full |= room() <= 0 || (!isEmpty() && delivery.payload().length > bytesLeft());
    return !full;
  }

  /** Nothing more is to come. */
  void close() {
    full = true;
  }

  /** Forgets what it has got, and starts again. */
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
