// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring.test.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Task;
import dev.jetlane.inmemory.simulation.SimulatedTest;
import dev.jetlane.inmemory.simulation.Simulation;
import dev.jetlane.spring.TaskListeners;
import dev.jetlane.spring.test.JetlaneTest;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** The listeners of the application in a simulation, with crashes and other faults. */
@JetlaneTest(properties = {"texts=notes", "spring.main.banner-mode=off"})
class SimulatedListenersTest {

  @Autowired private ShopApplication shop;
  @Autowired private TaskListeners listeners;

  @SimulatedTest(seeds = 50)
  void everyTextReachesTheListener(Simulation sim) {
    theShop(sim);
    sim.atEnd("the text is seen", () -> shop.seen.contains("hello"));
  }

  /** The simulation finds a listener that is not idempotent. */
  @Test
  void aSecondAttemptIsFound() {
    assertThatThrownBy(
            () ->
                Simulation.run(
                    200,
                    sim -> {
                      theShop(sim);
                      sim.always("the text is seen once", () -> shop.seen.size() <= 1);
                    }))
        .hasMessageContaining("condition does not hold: the text is seen once");
    assertThat(shop.seen).hasSizeGreaterThan(1);
  }

  private void theShop(Simulation sim) {
    shop.seen.clear();
    sim.queue().partition("notes").push(Task.of("note-1", "hello"));
    sim.process("shop", listeners::workOn);
  }
}
