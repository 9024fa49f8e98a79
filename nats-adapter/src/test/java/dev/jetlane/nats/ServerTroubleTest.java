// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A server that answers requests and does not do its work: health reports it. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class ServerTroubleTest {

  @AutoClose private static NatsServer server;

  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final QueueListener listener =
      new QueueListener() {
        @Override
        public void warned(QueueEvent.Warned event) {
          warnings.add(event.text());
        }
      };

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  @Test
  void aPausedPartitionIsReportedByHealthAndLoggedOnce() throws Exception {
    assumeFalse(server.version().matches("2\\.(9|10)\\..*"), "no pause before nats-server 2.11");
    NatsOptions options = TestQueues.options(server).withListener(listener);
    try (TaskQueue queue = NatsQueues.connect(options);
        Connection nc = Jnats.connect(server.url())) {
      Partition partition = TestQueues.opened(queue, "p");
      JetStreamManagement management = nc.jetStreamManagement();
      var unused =
          management.pauseConsumer(
              options.stream(), "p", ZonedDateTime.now(ZoneOffset.UTC).plusHours(1));
      partition.push(Task.of("t", ""));
      for (int i = 0; i < 2; i++) {
        assertThat(queue.health().ready()).isTrue();
        assertThat(queue.health().problems())
            .singleElement()
            .asString()
            .contains("partition p is paused", "no task is handed out");
      }
      assertThat(warnings).hasSize(1);
      assertThat(management.resumeConsumer(options.stream(), "p")).isTrue();
      assertThat(queue.health()).isEqualTo(Health.up());
      try (Puller puller = partition.puller()) {
        assertThat(TestQueues.ids(puller.pull(1, TestQueues.SOON))).containsExactly("t");
      }
    }
  }

  /** As with a full disk: the stream and its consumers look healthy, and no task is stored. */
  @Test
  void aServerThatStoresNothingIsNotReadyForProducers() throws Exception {
    NatsOptions options = TestQueues.options(server).withRequestTimeout(Duration.ofSeconds(2));
    try (TaskQueue queue = NatsQueues.connect(options);
        Connection nc = Jnats.connect(server.url())) {
      Partition partition = TestQueues.opened(queue, "p");
      TestQueues.pushed(partition, Task.of("first", ""));
      assertThat(queue.health()).isEqualTo(Health.up());
      JetStreamManagement management = nc.jetStreamManagement();
      StreamConfiguration stored = management.getStreamInfo(options.stream()).getConfiguration();
      var unused =
          management.updateStream(
              StreamConfiguration.builder(stored).subjects(options.stream() + "-other").build());
      assertThatThrownBy(() -> partition.push(Task.of("second", "")))
          .isInstanceOf(QueueUnavailableException.class);
      Health health = queue.health();
      assertThat(health.live()).isTrue();
      assertThat(health.ready()).isFalse();
      assertThat(health.problems())
          .singleElement()
          .asString()
          .contains("partition p: the last push failed", "push of second: no responders on");
      unused = management.updateStream(stored);
      TestQueues.pushed(partition, Task.of("third", ""));
      assertThat(queue.health()).isEqualTo(Health.up());
    }
  }
}
