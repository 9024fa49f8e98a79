package dev.jetlane.spi;

import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.TaskQueue;
import java.util.function.LongSupplier;

/** A queue whose partitions are observed. */
final class ObservedQueue implements TaskQueue {

  private final TaskQueue queue;
  private final Observation observation;
  private final LongSupplier nanoTime;

  ObservedQueue(TaskQueue queue, Observation observation, LongSupplier nanoTime) {
    this.queue = queue;
    this.observation = observation;
    this.nanoTime = nanoTime;
  }

  @Override
  public Partition partition(String name) {
    return new ObservedPartition(queue.partition(name), observation, nanoTime);
  }

  @Override
  public Health health() {
    return queue.health();
  }

  @Override
  public void close() {
    queue.close();
    observation.closed();
  }
}
