// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.client.Queues;
import dev.jetlane.inmemory.model.ServerState;
import dev.jetlane.inmemory.stage.Chance;
import dev.jetlane.inmemory.stage.ClientProcess;
import dev.jetlane.inmemory.stage.Stage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A server for a simulation. One thread runs at a time. */
final class InMemoryStage implements Stage {

  private final InMemoryServer server;
  private final ServerState state;
  private final Map<TaskQueue, InMemoryDriver> drivers = new HashMap<>();

  InMemoryStage(InMemoryServer server, Chance chance) {
    this.server = server;
    state = server.state();
    server.faults().decide(chance);
    state.log
        .keepEveryExtension(); // The report assigns each event to an actor, so extensions must not
    // be merged.
  }

  @Override
  public Object server() {
    return server;
  }

  @Override
  public TaskQueue connect(
      QueueConfig config, List<QueueListener> listeners, ClientProcess process) {
    InMemoryDriver[] made = new InMemoryDriver[1];
    TaskQueue queue =
        Queues.open(
            config,
            listeners,
            events -> {
              made[0] = server.driver(config, events, process);
              return made[0];
            });
    drivers.put(queue, made[0]);
    return queue;
  }

  @Override
  public void kill(TaskQueue client) {
    InMemoryDriver driver = drivers.remove(client);
    if (driver != null) {
      driver.kill();
    }
  }

  @Override
  public void log(String what) {
    server.time.locked(() -> state.log.add(server.time.nanos(), null, what));
  }

  @Override
  public long logged() {
    return state.log.written();
  }

  @Override
  public boolean isEmpty() {
    return state.isEmpty();
  }
}
