// SPDX-License-Identifier: Apache-2.0
package com.example.orders;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import dev.jetlane.inmemory.TaskSnapshot;
import dev.jetlane.spring.test.JetlaneTest;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** The application on the in-memory queue: no server, no container, no waiting. */
@JetlaneTest
class OrdersTest {

  @Autowired private Partition orders;
  @Autowired private Warehouse warehouse;
  @Autowired private InMemoryServer server;
  @Autowired private ManualClock clock;

  @Test
  void shipsAnOrder() throws Exception {
    orders.push(Task.of("42", "{\"article\": \"pen\", \"pieces\": 2}"));
    server.awaitWorkers();
    assertThat(warehouse.hasShipped("42")).isTrue();
  }

  @Test
  void givesUpAfterFiveAttempts() throws Exception {
    orders.push(Task.of("43", "{\"article\": \"pen\", \"pieces\": 0}"));
    server.awaitWorkers();
    for (int attempt = 1; attempt <= 5; attempt++) {
      clock.advance(Duration.ofMinutes(10));
      server.awaitWorkers();
    }
    assertThat(server.task("orders", "43").orElseThrow().state())
        .isEqualTo(TaskSnapshot.State.DEAD);
  }
}
