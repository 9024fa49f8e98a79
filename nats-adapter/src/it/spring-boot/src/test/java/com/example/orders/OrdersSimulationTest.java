// SPDX-License-Identifier: Apache-2.0
package com.example.orders;

import dev.jetlane.Task;
import dev.jetlane.inmemory.simulation.SimulatedTest;
import dev.jetlane.inmemory.simulation.Simulation;
import dev.jetlane.spring.TaskListeners;
import dev.jetlane.spring.test.JetlaneTest;
import org.springframework.beans.factory.annotation.Autowired;

/** The listener through a hundred histories, with crashes, lost confirmations and slow threads. */
@JetlaneTest
class OrdersSimulationTest {

  @Autowired private TaskListeners listeners;
  @Autowired private Warehouse warehouse;

  @SimulatedTest(seeds = 100)
  void everyOrderIsShipped(Simulation sim) {
    warehouse.clear(); // each history begins without orders
    String order = "{\"article\": \"pen\", \"pieces\": 2}";
    sim.queue().partition("orders").push(Task.of("42", order));
    sim.process("orders", listeners::workOn);
    sim.atEnd("the order is shipped", () -> warehouse.hasShipped("42"));
  }
}
