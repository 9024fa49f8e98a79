package dev.jetlane.inmemory;

import dev.jetlane.Health;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import dev.jetlane.spi.LeaseKeeper;
import dev.jetlane.spi.Observation;
import dev.jetlane.spi.QueueWorkers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A client of an {@link InMemoryServer}. */
final class InMemoryQueue implements TaskQueue {

  final InMemoryServer server;
  final Time time;
  final Faults faults;
  final Observation observation;
  private final QueueConfig config;
  private final Set<InMemoryPuller> pullers = new LinkedHashSet<>();
  private final Map<PartitionState, LeaseKeeper> keepers = new HashMap<>();
  private final Set<PartitionState> opened = new LinkedHashSet<>();
  final QueueWorkers workers;
  private volatile boolean closed;

  InMemoryQueue(InMemoryServer server, QueueConfig config, Observation observation) {
    this.server = server;
    this.config = config;
    this.observation = observation;
    time = server.time;
    workers = new QueueWorkers(config, server.workers);
    faults = server.faults;
  }

  @Override
  public Partition partition(String name) {
    Limits.checkPartitionName(name);
    lock();
    try {
      requireConnected();
      PartitionState state = server.open(name, config);
      opened.add(state);
      return new InMemoryPartition(this, state);
    } finally {
      unlock();
    }
  }

  @Override
  public Health health() {
    lock();
    try {
      if (closed) {
        return new Health(false, false, List.of("the queue is closed"));
      }
      if (faults.isDisconnected()) {
        return new Health(false, false, List.of("disconnected"));
      }
      List<String> gone =
          opened.stream()
              .filter(PartitionState::isConsumerDeleted)
              .map(state -> "partition " + state.name + " is gone")
              .toList();
      return gone.isEmpty() ? Health.up() : new Health(true, false, gone);
    } finally {
      unlock();
    }
  }

  @Override
  public void close() {
    workers.end();
    lock();
    try {
      for (InMemoryPuller puller : new ArrayList<>(pullers)) {
        puller.close();
      }
      closed = true;
      keepers.forEach(
          (state, keeper) -> {
            keeper.close();
            state.keepers.remove(keeper);
          });
      keepers.clear();
      server.observations.remove(observation);
    } finally {
      unlock();
    }
  }

  /** This client's lease keeper in a partition. The caller holds the lock. */
  LeaseKeeper keeper(PartitionState state) {
    return keepers.computeIfAbsent(
        state,
        absent -> {
          LeaseKeeper keeper = new KeeperTime(time, state).keeper;
          state.keepers.add(keeper);
          return keeper;
        });
  }

  void lock() {
    time.lock.lock();
  }

  void unlock() {
    time.unlock();
  }

  void requireOpen() {
    if (closed) {
      throw new QueueClosedException("the queue is closed", null);
    }
  }

  void requireConnected() {
    requireOpen();
    faults.requireConnected();
  }

  void opened(InMemoryPuller puller) {
    pullers.add(puller);
    server.pullers.add(puller);
  }

  void closed(InMemoryPuller puller) {
    pullers.remove(puller);
    server.pullers.remove(puller);
  }
}
