// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions.DriftPolicy;
import dev.jetlane.nats.NatsOptions.Provisioning;
import dev.jetlane.nats.NatsOptions.Storage;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The policies for an existing queue with other settings. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class DriftPolicyTest {

  private static final QueueConfig OTHER =
      TestQueues.config()
          .withLease(Duration.ofSeconds(60))
          .withMaxOutstanding(77)
          .withDedupWindow(Duration.ofSeconds(30))
          .withMaxTasks(5);

  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  private static NatsOptions created() {
    NatsOptions options = TestQueues.options(server).withQueue(TestQueues.config());
    try (TaskQueue queue = NatsQueues.connect(options)) {
      queue.partition("p").push(Task.of("kept", ""));
    }
    return options;
  }

  @Test
  void updateChangesChangeableSettings() throws Exception {
    NatsOptions options = created();
    NatsOptions other = options.withQueue(OTHER);
    try (TaskQueue queue = NatsQueues.connect(other.withDriftPolicy(DriftPolicy.UPDATE))) {
      queue.partition("p");
      try (Puller puller = queue.partition("p").puller()) {
        Delivery delivery = puller.pull(1, Duration.ofSeconds(10)).get(0);
        assertThat(delivery.taskId()).isEqualTo("kept");
        assertThat(delivery.leaseRemaining()).isGreaterThan(Duration.ofSeconds(30));
      }
    }
    try (TaskQueue queue = NatsQueues.connect(other)) {
      queue.partition("p");
    }
    try (TaskQueue queue = NatsQueues.connect(options);
        Connection nc = Jnats.connect(server.url())) {
      assertThatThrownBy(() -> queue.partition("p")).isInstanceOf(ConfigDriftException.class);
      StreamConfiguration stream =
          nc.jetStreamManagement().getStreamInfo(options.stream()).getConfiguration();
      assertThat(stream.getMaxMsgsPerSubject()).isEqualTo(5);
      assertThat(stream.getDuplicateWindow()).isEqualTo(Duration.ofSeconds(30));
    }
  }

  /** As in memory. The stream and its settings stay, because other partitions use it. */
  @Test
  void aDeletedPartitionIsOpenedWithOtherSettingsOfItsConsumer() throws Exception {
    NatsOptions options = created();
    try (TaskQueue queue = NatsQueues.connect(options)) {
      queue.admin().partition("p").deleteWithTasks();
    }
    for (QueueConfig ofStream :
        List.of(
            TestQueues.config().withMaxTasks(5),
            TestQueues.config().withDedupWindow(Duration.ofSeconds(30)))) {
      try (TaskQueue queue = NatsQueues.connect(options.withQueue(ofStream))) {
        assertThatThrownBy(() -> queue.partition("p")).isInstanceOf(ConfigDriftException.class);
      }
    }
    QueueConfig ofConsumer =
        TestQueues.config()
            .withLease(Duration.ofSeconds(60))
            .withMaxOutstanding(77)
            .withPriorities(2);
    try (TaskQueue queue = NatsQueues.connect(options.withQueue(ofConsumer));
        Puller puller = queue.partition("p").puller()) {
      queue.partition("p").push(Task.of("new", "").withPriority(1));
      Delivery delivery = puller.pull(1, Duration.ofSeconds(10)).get(0);
      assertThat(delivery.leaseRemaining()).isGreaterThan(Duration.ofSeconds(30));
      delivery.ack();
      assertThat(queue.partition("p").push(Task.of("kept", "")).duplicate())
          .as("the stream knows the id of a deleted task")
          .isTrue();
    }
    try (TaskQueue queue = NatsQueues.connect(options)) {
      assertThatThrownBy(() -> queue.partition("p")).isInstanceOf(ConfigDriftException.class);
    }
  }

  @Test
  void updateDoesNotTryUnchangeableSettings() throws Exception {
    NatsOptions options = created().withDriftPolicy(DriftPolicy.UPDATE);
    for (NatsOptions other :
        new NatsOptions[] {
          options.withStorage(Storage.FILE),
          options.withSubjectPrefix("elsewhere"),
          options.withStreams(2)
        }) {
      try (TaskQueue queue = NatsQueues.connect(other.withQueue(OTHER))) {
        assertThatThrownBy(() -> queue.partition("p"))
            .isInstanceOf(ConfigDriftException.class)
            .hasMessageContaining("cannot be changed");
      }
    }
    try (TaskQueue queue = NatsQueues.connect(options.withDriftPolicy(DriftPolicy.FAIL))) {
      TestQueues.awaitReady(queue.partition("p"), 1);
    }
  }

  @Test
  void acceptUsesTheExistingSettings() throws Exception {
    NatsOptions options = created();
    NatsOptions other =
        options
            .withQueue(OTHER.withMaxTasks(QueueConfig.UNLIMITED))
            .withStorage(Storage.FILE)
            .withProvisioning(Provisioning.VERIFY)
            .withDriftPolicy(DriftPolicy.ACCEPT);
    try (TaskQueue queue = NatsQueues.connect(other);
        Puller puller = queue.partition("p").puller()) {
      Delivery delivery = puller.pull(1, Duration.ofSeconds(10)).get(0);
      // The server's lease of 30 s applies, not the 60 s of these options.
      assertThat(delivery.leaseRemaining()).isLessThanOrEqualTo(Duration.ofSeconds(30));
      delivery.ack();
    }
    try (TaskQueue queue = NatsQueues.connect(options)) {
      assertThat(queue.partition("p").stats().backlog()).isZero();
    }
  }

  /** A holder that assumed a longer lease would continue after its lease has expired. */
  @Test
  void acceptExtendsByTheShortestLeaseOfAllPriorities() throws Exception {
    NatsOptions options =
        TestQueues.options(server)
            .withQueue(TestQueues.config().withPriorities(2))
            .withDriftPolicy(DriftPolicy.ACCEPT);
    try (TaskQueue queue = NatsQueues.connect(options)) {
      queue.partition("p").push(Task.of("high", "").withPriority(1));
    }
    try (Connection nc = Jnats.connect(server.url())) {
      var management = nc.jetStreamManagement();
      for (ConsumerInfo consumer : management.getConsumers(options.stream())) {
        if (!consumer.getName().equals("p")) {
          management.addOrUpdateConsumer(
              options.stream(),
              ConsumerConfiguration.builder(consumer.getConsumerConfiguration())
                  .ackWait(Duration.ofSeconds(7))
                  .build());
        }
      }
    }
    try (TaskQueue queue = NatsQueues.connect(options);
        Puller puller = queue.partition("p").puller()) {
      Delivery delivery = puller.pull(1, Duration.ofSeconds(10)).get(0);
      assertThat(delivery.extend()).isTrue();
      assertThat(delivery.leaseRemaining()).isLessThanOrEqualTo(Duration.ofSeconds(7));
    }
  }

  @Test
  void acceptRefusesSettingsThatBreakAPromise() throws Exception {
    NatsOptions options = created().withDriftPolicy(DriftPolicy.ACCEPT);
    try (Connection nc = Jnats.connect(server.url())) {
      var management = nc.jetStreamManagement();
      ConsumerConfiguration consumer =
          management.getConsumerInfo(options.stream(), "p").getConsumerConfiguration();
      management.addOrUpdateConsumer(
          options.stream(), ConsumerConfiguration.builder(consumer).maxDeliver(3).build());
      expectRefused(options, "max deliveries: wanted unlimited, is 3");
      try (TaskQueue queue = NatsQueues.connect(options.withDriftPolicy(DriftPolicy.UPDATE))) {
        queue.partition("p");
      }
      StreamConfiguration stream = management.getStreamInfo(options.stream()).getConfiguration();
      management.updateStream(
          StreamConfiguration.builder(stream)
              .discardPolicy(DiscardPolicy.Old)
              .maxMessages(1_000)
              .maxAge(Duration.ofHours(1))
              .build());
      expectRefused(options, "discard policy: wanted new, is old");
      expectRefused(options, "maximum age: wanted PT0S, is PT1H");
      try (TaskQueue queue = NatsQueues.connect(options.withDriftPolicy(DriftPolicy.UPDATE))) {
        queue.partition("p");
      }
      try (TaskQueue queue = NatsQueues.connect(options.withDriftPolicy(DriftPolicy.FAIL))) {
        TestQueues.awaitReady(queue.partition("p"), 1);
      }
    }
  }

  private static void expectRefused(NatsOptions options, String difference) {
    try (TaskQueue queue = NatsQueues.connect(options)) {
      assertThatThrownBy(() -> queue.partition("p"))
          .isInstanceOf(ConfigDriftException.class)
          .hasMessageContainingAll("cannot be accepted", difference);
    }
  }
}
