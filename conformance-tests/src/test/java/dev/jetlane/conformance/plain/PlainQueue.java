package dev.jetlane.conformance.plain;

import dev.jetlane.Health;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import dev.jetlane.spi.LeaseKeeper;
import dev.jetlane.spi.Observation;
import java.util.List;

/**
 * A queue of {@code java.util} collections with leases, written against the API and the kit alone.
 */
final class PlainQueue implements TaskQueue {

  final PlainStore store;
  final QueueConfig config;
  final LeaseKeeper keeper;
  final Observation observation;
  private boolean closed;

  PlainQueue(PlainStore store, QueueConfig config, Observation observation) {
    this.store = store;
    this.config = config;
    this.observation = observation;
    keeper = new LeaseKeeper(store);
  }

  @Override
  public Partition partition(String name) {
    Limits.checkPartitionName(name);
    requireOpen();
    return new PlainPartition(this, name, store.lane(name, config));
  }

  @Override
  public Health health() {
    return isClosed() ? new Health(false, false, List.of("closed")) : Health.up();
  }

  @Override
  public void close() {
    synchronized (store) {
      closed = true;
      keeper.close();
      store.keepers.remove(keeper);
      store.notifyAll();
    }
  }

  boolean isClosed() {
    synchronized (store) {
      return closed;
    }
  }

  void requireOpen() {
    if (isClosed()) {
      throw new QueueClosedException("the queue is closed", null);
    }
  }
}
