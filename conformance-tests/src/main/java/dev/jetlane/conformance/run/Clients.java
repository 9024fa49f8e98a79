package dev.jetlane.conformance.run;

import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.plan.Settings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The clients of a plan, with their partitions and pullers, each opened when it is first used. */
public final class Clients implements AutoCloseable {

  private record Lane(int partition, int puller) {}

  private final Harness harness;
  private final Settings settings;
  private final QueueConfig config;
  private final List<TaskQueue> queues = new ArrayList<>();
  private final Map<Lane, Puller> pullers = new HashMap<>();
  private final Map<Lane, PullOptions> options = new HashMap<>();

  Clients(Harness harness, Settings settings) {
    this.harness = harness;
    this.settings = settings;
    this.config = settings.config(harness.tick());
    for (int i = 0; i < settings.clients(); i++) {
      queues.add(harness.open(config));
    }
  }

  /** The partition as the {@code turn}-th caller sees it: clients take turns. */
  Partition partition(int partition, int turn) {
    return queues.get(turn % queues.size()).partition(Settings.partitionName(partition));
  }

  int clientOf(int puller) {
    return puller % queues.size();
  }

  Puller puller(int partition, int puller) {
    return pullers.computeIfAbsent(
        new Lane(partition, puller),
        lane ->
            partition(lane.partition(), lane.puller())
                .puller(options.getOrDefault(lane, harness.pulling())));
  }

  void changePuller(int partition, int puller, PullOptions other) {
    closePuller(partition, puller);
    options.put(new Lane(partition, puller), other);
  }

  void closePuller(int partition, int puller) {
    Puller open = pullers.remove(new Lane(partition, puller));
    if (open != null) {
      open.close();
    }
  }

  void reopen(int client) {
    pullers.keySet().removeIf(lane -> clientOf(lane.puller()) == client);
    queues.get(client).close();
    queues.set(client, harness.open(config));
  }

  Settings settings() {
    return settings;
  }

  @Override
  public void close() {
    queues.forEach(TaskQueue::close);
  }
}
