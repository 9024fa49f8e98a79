// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.delay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.PushOutcome;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The room for the delayed tasks of a batch. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(60)
class DelayedCapacityTest {

  private static Task delayed(String id) {
    return Task.of(id, "").withDelay(Duration.ofHours(1));
  }

  /** A duplicate takes no place, so the task behind it gets the last one. */
  @Test
  void duplicatesLeaveTheirRoomToTheNextTasks() {
    try (NatsServer server = NatsServer.start()) {
      NatsOptions options =
          TestQueues.options(server).withQueue(TestQueues.config().withMaxTasks(2));
      try (TaskQueue queue = NatsQueues.connect(options)) {
        Partition partition = queue.partition("p");
        partition.push(delayed("known"));
        List<Task> batch = List.of(delayed("known"), delayed("last"), delayed("too-many"));
        assertThat(partition.pushAll(batch).outcomes())
            .extracting(outcome -> outcome instanceof PushOutcome.Stored)
            .endsWith(true, false);
        TestQueues.awaitStats(partition, new Stats(0, 0, 0, 2, 0));
      }
    }
  }
}
