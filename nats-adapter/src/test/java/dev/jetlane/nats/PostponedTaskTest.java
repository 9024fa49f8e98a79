// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueFullException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A postponed task is stored before it is removed. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class PostponedTaskTest {

  @Test
  void aTaskThatCannotBeStoredAgainStaysWithItsHolder() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      NatsOptions options =
          NatsOptions.armonik()
              .withUrl(server.url())
              .withStorage(NatsOptions.Storage.MEMORY)
              .withQueue(TestQueues.config().withMaxTasks(1))
              .withRequestTimeout(TestQueues.REQUEST_TIMEOUT);
      try (TaskQueue queue = NatsQueues.connect(options);
          Puller puller = queue.partition("gpu").puller()) {
        Partition gpu = queue.partition("gpu");
        gpu.push(Task.of("only", ""));
        Delivery held = puller.pull(1, Duration.ofSeconds(20)).get(0);
        for (int time = 1; time <= 2; time++) {
          assertThatThrownBy(() -> ArmonikStatus.POSTPONED.settle(held))
              .as("the held task takes the only place")
              .isInstanceOf(QueueFullException.class);
        }
        TestQueues.awaitStats(gpu, new Stats(0, 1, 0));
        assertThat(held.leaseExpired()).isFalse();
        assertThat(ArmonikStatus.FAILED.settle(held)).isEqualTo(Settlement.SETTLED);
        Delivery again = puller.pull(1, Duration.ofSeconds(20)).get(0);
        assertThat(again.taskId()).isEqualTo("only");
        assertThat(again.attempt()).isEqualTo(2);
        assertThat(ArmonikStatus.PROCESSED.settle(again)).isEqualTo(Settlement.SETTLED);
      }
    }
  }
}
