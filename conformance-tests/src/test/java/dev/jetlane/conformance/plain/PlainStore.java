// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plain;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.Health;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.client.Queues;
import dev.jetlane.conformance.harness.VirtualClock;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.driver.QueueDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The part of a plain queue that outlives its clients. Its monitor guards everything. */
public final class PlainStore {

  final VirtualClock clock = new VirtualClock();

  /** The waiting pulls, in the order of their calls. */
  final List<PlainPuller.Pull> waiting = new ArrayList<>();

  private final Function<QueueConfig, PlainTasks> creation;
  private final Map<String, PlainTasks> byName = new HashMap<>();

  /** Creates its partitions with {@code creation}: {@code PlainTasks::new}, or a broken version. */
  public PlainStore(Function<QueueConfig, PlainTasks> creation) {
    this.creation = creation;
  }

  /** Opens a client with listeners. */
  public TaskQueue open(QueueConfig config, List<QueueListener> listeners) {
    Duration timeout = Duration.ofSeconds(5);
    return Queues.open(
        config, listeners, events -> new Queue(this, config, events, clock, timeout));
  }

  /** A client. */
  private record Queue(
      PlainStore store,
      QueueConfig config,
      DriverEvents events,
      VirtualClock clock,
      Duration requestTimeout)
      implements QueueDriver {

    @Override
    public PartitionDriver openPartition(String name, long deadlineNanos) {
      return new PlainPartition(
          store,
          name,
          store.tasks(name, config),
          events,
          clock,
          config.lease(),
          config.maxDeliveries());
    }

    @Override
    public Health health(long deadlineNanos) {
      return Health.up();
    }

    @Override
    public void close(long deadlineNanos) {}
  }

  private synchronized PlainTasks tasks(String name, QueueConfig config) {
    PlainTasks tasks = byName.computeIfAbsent(name, n -> creation.apply(config));
    QueueConfig shared =
        config
            .withMaxDeliveries(tasks.config.maxDeliveries())
            .withMaxPayloadBytes(tasks.config.maxPayloadBytes());
    if (!tasks.config.equals(shared)) {
      throw new ConfigDriftException(name + " has " + tasks.config + ", wanted " + config, null);
    }
    return tasks;
  }

  public void advance(Duration time) {
    clock.advance(time);
    serve();
  }

  /** Serves the waiting pulls. The caller must not hold the monitor. */
  void serve() {
    List<Runnable> served = new ArrayList<>();
    synchronized (this) {
      waiting.removeIf(pull -> pull.serve(true, served));
    }
    served.forEach(Runnable::run);
    clock.signal();
  }
}
