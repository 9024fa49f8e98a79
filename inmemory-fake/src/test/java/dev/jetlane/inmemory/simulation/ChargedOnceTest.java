// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.WorkerOptions;
import java.util.HashMap;
import java.util.Map;

/** The test in the documentation. */
class ChargedOnceTest {

  @SimulatedTest(seeds = 500)
  void ordersAreChargedOnce(Simulation sim) {
    Map<String, Integer> bank = new HashMap<>(); // survives every crash
    Partition orders = sim.queue().partition("orders");
    for (int i = sim.upTo(3); i > 0; i--) {
      orders.push(Task.of("order-" + i, "30 EUR"));
    }
    for (String name : new String[] {"worker-1", "worker-2"}) {
      sim.process(
          name,
          queue ->
              queue
                  .partition("orders")
                  .work(
                      order -> {
                        bank.putIfAbsent(order.taskId(), 30); // the id is the idempotency key
                        sim.point("charged");
                      },
                      WorkerOptions.defaults()));
    }
    sim.always("no one pays twice", () -> bank.values().stream().allMatch(eur -> eur == 30));
    sim.atEnd("all orders are charged", () -> bank.containsKey("order-1"));
  }
}
