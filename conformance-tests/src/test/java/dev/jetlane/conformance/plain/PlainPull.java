package dev.jetlane.conformance.plain;

import dev.jetlane.Delivery;
import dev.jetlane.QueueClosedException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import java.util.ArrayList;
import java.util.List;

/** One pull. Guarded by the monitor of its store. */
final class PlainPull extends DriverFuture<List<Delivery>> {

  private final PlainPuller puller;
  private final PlainPartition partition;
  private final int max;
  private long untilNanos;

  PlainPull(
      PlainPuller puller, int max, long untilNanos, Completion<? super List<Delivery>> completion) {
    super(completion);
    this.puller = puller;
    this.max = max;
    this.untilNanos = untilNanos;
    partition = puller.partition;
  }

  /**
   * Ends this if it can be ended.
   *
   * @param woken whether it has waited
   * @param ended what to run once the monitor is free
   */
  boolean serve(boolean woken, List<Runnable> ended) {
    PlainLane lane = partition.lane();
    long now = partition.store().nanoTime();
    if (puller.closed) {
      return ended.add(() -> fail(new QueueClosedException("the puller is closed", null)));
    }
    List<Delivery> deliveries = new ArrayList<>();
    for (PlainLane.Item item : woken ? lane.takeWoken(max, now) : lane.take(max, now)) {
      deliveries.add(puller.deliveries.apply(new PlainLease(partition, item)));
    }
    List<String> usedUp = List.copyOf(lane.usedUp);
    lane.usedUp.clear();
    ended.add(() -> usedUp.forEach(id -> partition.events().exhausted(partition.name(), id)));
    return (!deliveries.isEmpty() || now >= untilNanos) && ended.add(() -> succeed(deliveries));
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    synchronized (partition.store()) {
      untilNanos = Long.MIN_VALUE;
    }
    partition.store().serve();
    return false;
  }
}
