// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.plan.Settings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The clients of a plan, with their partitions and pullers. A puller is opened when it is first
 * used.
 */
public final class Clients implements AutoCloseable {

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private record PullerKey(int partition, int puller) {}

  /** Closes an object. */
  interface Closing {
    void close();
  }

  private final Harness harness;
  private final Settings settings;
  private final QueueConfig config;
  private final List<TaskQueue> queues = new ArrayList<>();
  private final Map<PullerKey, Puller> pullers = new HashMap<>();
  private final Map<PullerKey, PullOptions> options = new HashMap<>();

  Clients(Harness harness, Settings settings) {
    this.harness = harness;
    this.settings = settings;
    this.config = settings.config(harness.tick());
    for (int i = 0; i < settings.clients(); i++) {
      queues.add(harness.open(config));
    }
  }

  /** Returns the partition of the client whose turn it is. */
  Partition partition(int partition, int turn) {
    return queues.get(turn % queues.size()).partition(Settings.partitionName(partition));
  }

  PartitionAdmin admin(int partition, int turn) {
    return queues.get(turn % queues.size()).admin().partition(Settings.partitionName(partition));
  }

  /** Returns the number of the client whose turn it is. */
  int clientAt(int turn) {
    return turn % queues.size();
  }

  int clientOf(int puller) {
    return puller % queues.size();
  }

  Puller puller(int partition, int puller) {
    return pullers.computeIfAbsent(
        new PullerKey(partition, puller),
        key ->
            partition(key.partition(), key.puller())
                .puller(options.getOrDefault(key, harness.pulling())));
  }

  void changePuller(int partition, int puller, PullOptions other) {
    closePuller(partition, puller);
    options.put(new PullerKey(partition, puller), other);
  }

  void closePuller(int partition, int puller) {
    takePuller(partition, puller).close();
  }

  /** Removes a puller and returns its close; the next use opens a new one. */
  Closing takePuller(int partition, int puller) {
    Puller open = pullers.remove(new PullerKey(partition, puller));
    return open == null ? () -> {} : open::close;
  }

  void reopen(int client) {
    close(client);
    open(client);
  }

  void close(int client) {
    queues.get(client).close();
  }

  /** Opens a client in the place of a closed one. */
  void open(int client) {
    pullers.keySet().removeIf(key -> clientOf(key.puller()) == client);
    queues.set(client, harness.open(config));
  }

  /**
   * Waits until each client has noticed the end of its connection. Its next call then uses another
   * connection.
   */
  void awaitDisconnected() throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    for (TaskQueue queue : queues) {
      long began = System.nanoTime();
      while (queue.health().live() && System.nanoTime() - began < PATIENCE_NANOS) {
        boolean unused = never.await(1, TimeUnit.MILLISECONDS);
      }
    }
  }

  /**
   * Waits until each client can be used, also after its connection was cut: opens the partitions.
   */
  void awaitConnected() {
    for (TaskQueue queue : queues) {
      long began = System.nanoTime();
      while (true) {
        try {
          for (int partition = 0; partition < settings.partitions(); partition++) {
            Stats unused = queue.partition(Settings.partitionName(partition)).stats();
          }
          break;
        } catch (QueueUnavailableException | OutcomeUnknownException e) {
          if (System.nanoTime() - began > PATIENCE_NANOS) {
            throw new IllegalStateException("a client did not reconnect within 30 s", e);
          }
        }
      }
    }
  }

  Settings settings() {
    return settings;
  }

  @Override
  public void close() {
    queues.forEach(TaskQueue::close);
  }
}
