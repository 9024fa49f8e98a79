// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.NatsServer;
import dev.jetlane.nats.testing.NotRun;
import dev.jetlane.nats.testing.Strace;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A server whose disk is full: each write to its store fails with ENOSPC. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class FullDiskTest {

  /**
   * 2.9 and 2.10 answer with the error of the disk; 2.15.1 does not answer, and needs a restart.
   */
  @Test
  void theQueueIsNotReadyAndDeliversTheStoredTasks() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      assumeTrue(server.local() && server.pid().isPresent(), "a server that is not a process here");
      NatsOptions options =
          TestQueues.options(server)
              .withStorage(NatsOptions.Storage.FILE)
              .withRequestTimeout(Duration.ofSeconds(3));
      try (TaskQueue queue = NatsQueues.connect(options)) {
        Partition partition = TestQueues.opened(queue, "p");
        TestQueues.pushed(partition, Task.of("stored", ""));
        Optional<Strace> full = Strace.inject(server.pid().getAsLong(), "pwrite64", "error=ENOSPC");
        if (full.isEmpty()) {
          NotRun.report("a full disk, because strace is missing, or may not be used here");
        }
        assumeTrue(full.isPresent(), "no strace");
        try (Strace disk = full.get()) {
          checkFull(server, queue, partition);
        }
        server.restart();
        TestQueues.await("a restored connection", () -> queue.health().live());
        TestQueues.pushed(partition, Task.of("after", ""));
        assertThat(queue.health()).isEqualTo(Health.up());
      }
    }
  }

  private static void checkFull(NatsServer server, TaskQueue queue, Partition partition)
      throws InterruptedException {
    boolean answers = server.version().matches("2\\.(9|10)\\..*");
    Class<?> error = answers ? QueueUnavailableException.class : OutcomeUnknownException.class;
    assertThatThrownBy(() -> partition.push(Task.of("refused", ""))).isInstanceOf(error);
    Health health = queue.health();
    assertThat(health.live()).isTrue();
    assertThat(health.ready()).isFalse();
    assertThat(health.problems())
        .singleElement()
        .asString()
        .contains("the last push failed", answers ? "no space left on device" : "no answer");
    try (Puller puller = partition.puller()) {
      Delivery stored = puller.pull(1, TestQueues.SOON).get(0);
      assertThat(stored.taskId()).isEqualTo("stored");
      if (!answers) { // The older ones store each ack before they confirm it.
        assertThat(stored.ack()).isEqualTo(Settlement.SETTLED);
      }
    }
  }
}
