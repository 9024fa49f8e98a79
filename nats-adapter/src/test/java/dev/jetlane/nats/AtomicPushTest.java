// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.NotSupportedException;
import dev.jetlane.Partition;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueFullException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions.DriftPolicy;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Atomic pushes on servers and streams that do not support them. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class AtomicPushTest {

  private static final List<Task> TASKS = List.of(Task.of("a", ""), Task.of("b", ""));

  @AutoClose private static NatsServer server;

  private static boolean serverCan;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
    serverCan = !server.version().matches("2\\.([0-9]|1[01])\\..*");
  }

  @Test
  void onlyAServerThatSupportsAtomicPushesGetsThem() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(TestQueues.options(server))) {
      Partition partition = queue.partition("p");
      if (serverCan) {
        assertThat(partition.pushAtomically(TASKS))
            .extracting(PushReceipt::duplicate)
            .containsExactly(false, false);
      } else {
        expectNotSupported(partition, server.version());
      }
      TestQueues.awaitReady(partition, serverCan ? 2 : 0);
    }
  }

  /** All unconfirmed pushes of the queue share one permit. */
  @Test
  void everyOutcomeGivesItsPermitBack() {
    NatsOptions options =
        TestQueues.options(server)
            .withMaxInFlight(1)
            .withQueue(TestQueues.config().withMaxTasks(2));
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = queue.partition("p");
      if (!serverCan) {
        expectNotSupported(partition, server.version());
        return;
      }
      List<Task> three = List.of(Task.of("x", ""), later("a"), later("b"));
      for (int time = 1; time <= 2; time++) {
        assertThatThrownBy(() -> partition.pushAtomically(three))
            .isInstanceOf(QueueFullException.class)
            .hasMessageContaining("no room");
      }
      for (int time = 1; time <= 2; time++) {
        assertThat(partition.pushAtomically(three.subList(0, 2)))
            .extracting(PushReceipt::duplicate)
            .containsOnly(time == 2);
      }
      assertThat(partition.push(later("a")).duplicate()).isTrue();
    }
  }

  private static Task later(String id) {
    return Task.of(id, "").withDelay(Duration.ofHours(1));
  }

  /** Such as a stream of an earlier version. */
  @Test
  void aStreamWithoutAtomicPushesWorksOtherwise() throws Exception {
    NatsOptions options = TestQueues.options(server);
    try (TaskQueue queue = NatsQueues.connect(options);
        Connection nc = Jnats.connect(server.url())) {
      queue.partition("p").push(Task.of("kept", ""));
      var management = nc.jetStreamManagement();
      StreamConfiguration stream = management.getStreamInfo(options.stream()).getConfiguration();
      assertThat(stream.getAllowAtomicPublish()).isEqualTo(serverCan);
      management.updateStream(
          StreamConfiguration.builder(stream).allowAtomicPublish(false).build());
    }
    try (TaskQueue queue = NatsQueues.connect(options)) {
      expectNotSupported(queue.partition("p"), serverCan ? "allow_atomic" : server.version());
      TestQueues.awaitReady(queue.partition("p"), 1);
    }
    NatsOptions changing = options.withDriftPolicy(DriftPolicy.UPDATE);
    try (TaskQueue queue = NatsQueues.connect(changing)) {
      Partition partition = queue.partition("p");
      if (serverCan) {
        assertThat(partition.pushAtomically(TASKS)).hasSize(2);
      }
      TestQueues.awaitReady(partition, serverCan ? 3 : 1);
    }
  }

  private static void expectNotSupported(Partition partition, String says) {
    assertThatThrownBy(() -> partition.pushAtomically(TASKS))
        .isInstanceOf(NotSupportedException.class)
        .hasMessageContaining(says);
  }
}
