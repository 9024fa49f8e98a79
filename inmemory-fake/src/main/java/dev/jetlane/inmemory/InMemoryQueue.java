package dev.jetlane.inmemory;

import dev.jetlane.Health;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.model.PartitionState;
import dev.jetlane.spi.Observation;
import dev.jetlane.spi.WorkerHost;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A client of a server. */
final class InMemoryQueue implements TaskQueue {

  private final Connection connection;
  private final QueueConfig config;
  private final Observation observation;
  private final WorkerHost workers;
  private final Map<PartitionState, KeeperTime> opened = new LinkedHashMap<>();

  InMemoryQueue(
      Connection connection, QueueConfig config, Observation observation, WorkerHost workers) {
    this.connection = connection;
    this.config = config;
    this.observation = observation;
    this.workers = workers;
    if (observation != Observation.NONE) {
      connection.time.lock();
      connection.faults.observations.add(observation);
      connection.time.unlock();
    }
  }

  @Override
  public Partition partition(String name) {
    Limits.checkPartitionName(name);
    connection.time.enter();
    try {
      connection.requireConnected();
      PartitionState state = connection.server.open(name, config);
      KeeperTime keeper = opened.get(state);
      if (keeper == null) {
        keeper = new KeeperTime(connection.time, state);
        state.keepers.add(keeper);
        opened.put(state, keeper);
      }
      return new InMemoryPartition(connection, state, observation, keeper.keeper, workers);
    } finally {
      connection.time.unlock();
    }
  }

  @Override
  public Health health() {
    connection.time.enter();
    try {
      if (connection.isClosed()) {
        return new Health(false, false, List.of("the queue is closed"));
      }
      if (connection.faults.isDisconnected()) {
        return new Health(false, false, List.of("disconnected"));
      }
      List<String> gone =
          opened.keySet().stream()
              .filter(PartitionState::isConsumerDeleted)
              .map(state -> "partition " + state.name + " is gone")
              .toList();
      return gone.isEmpty() ? Health.up() : new Health(true, false, gone);
    } finally {
      connection.time.unlock();
    }
  }

  @Override
  public void close() {
    connection.time.enter();
    try {
      connection.close();
      opened.forEach(
          (state, keeper) -> {
            keeper.keeper.close();
            state.keepers.remove(keeper);
          });
      opened.clear();
      connection.faults.observations.remove(observation);
    } finally {
      connection.time.unlock();
    }
  }
}
