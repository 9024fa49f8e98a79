// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The example of an atomic push; {@link SnippetsTest} compares. */
class AtomicPushSnippetsTest {

  @Test
  void allTasksOfAnOrderAreStored() {
    InMemoryServer server = InMemoryServer.create(new ManualClock());
    try (TaskQueue queue = server.connect(QueueConfig.defaults())) {
      Partition orders = queue.partition("orders");
      orders.pushAtomically(
          List.of(
              Task.of("order-7/charge", "card 42"),
              Task.of("order-7/ship", "2 lamps"),
              Task.of("order-7/review", "").withDelay(Duration.ofDays(14))));
      assertThat(orders.stats()).isEqualTo(new Stats(2, 0, 0, 1, 0));
    }
  }
}
