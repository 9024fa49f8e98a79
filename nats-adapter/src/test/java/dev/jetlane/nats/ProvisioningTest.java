// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Streams and consumers are created and checked, and otherwise not changed. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class ProvisioningTest {

  private static final int CLIENTS = 20;
  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  @Test
  void twentyConcurrentClientsMakeOneQueue() throws Exception {
    NatsOptions options = TestQueues.options(server).withStorage(NatsOptions.Storage.FILE);
    Set<String> ids = ConcurrentHashMap.newKeySet();
    CyclicBarrier barrier = new CyclicBarrier(CLIENTS);
    ExecutorService pool = Executors.newFixedThreadPool(CLIENTS);
    List<Callable<Boolean>> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      String id = "from-" + i;
      clients.add(
          () -> {
            try (TaskQueue queue = NatsQueues.connect(options)) {
              barrier.await(30, TimeUnit.SECONDS);
              ids.add(queue.partition("shared").push(Task.of(id, "")).taskId());
              return queue.partition(id).push(Task.of(id, "")).duplicate();
            }
          });
    }
    for (Future<Boolean> client : pool.invokeAll(clients)) {
      assertThat(client.get()).isFalse();
    }
    pool.shutdown();
    try (TaskQueue queue = NatsQueues.connect(options);
        Connection nc = Jnats.connect(server.url())) {
      try (Puller puller = queue.partition("shared").puller()) {
        List<Delivery> all = TestQueues.pull(puller, CLIENTS);
        assertThat(TestQueues.ids(all)).containsExactlyInAnyOrderElementsOf(ids).hasSize(CLIENTS);
      }
      assertThat(nc.jetStreamManagement().getConsumerNames(options.stream()))
          .contains(PartitionAddress.DELAYED_CONSUMER)
          .hasSize(CLIENTS + 2);
    }
  }

  @Test
  void twentyConcurrentProcessesMakeOneQueue() throws Exception {
    NatsOptions options = TestQueues.options(server).withStorage(NatsOptions.Storage.FILE);
    List<ProvisioningProcess> processes = new ArrayList<>();
    try {
      for (int i = 0; i < CLIENTS; i++) {
        processes.add(ProvisioningProcess.start(options, server.url(), "from-" + i));
      }
      for (ProvisioningProcess process : processes) {
        process.awaitConnected();
      }
      for (ProvisioningProcess process : processes) {
        process.go();
      }
      for (ProvisioningProcess process : processes) {
        assertThat(process.exitCode()).isZero();
      }
    } finally {
      processes.forEach(ProvisioningProcess::close);
    }
    try (TaskQueue queue = NatsQueues.connect(options)) {
      TestQueues.awaitReady(queue.partition("shared"), CLIENTS);
      for (int i = 0; i < CLIENTS; i++) {
        TestQueues.awaitReady(queue.partition("from-" + i), 1);
      }
    }
  }

  @Test
  void anotherSettingIsReportedWithBothValues() {
    NatsOptions options = TestQueues.options(server).withQueue(TestQueues.config());
    try (TaskQueue queue = NatsQueues.connect(options)) {
      queue.partition("p");
    }
    expectDrift(
        options.withQueue(TestQueues.config().withLease(Duration.ofSeconds(7))),
        "lease",
        "PT7S",
        "PT30S");
    expectDrift(
        options.withQueue(TestQueues.config().withMaxOutstanding(3)),
        "max outstanding",
        "3",
        "10000");
    expectDrift(
        options.withQueue(TestQueues.config().withDedupWindow(Duration.ofSeconds(1))),
        "dedup window",
        "PT1S",
        "PT2M");
    expectDrift(
        options.withQueue(TestQueues.config().withMaxTasks(9)),
        "messages per subject",
        "9",
        "unlimited");
    expectDrift(options.withStorage(NatsOptions.Storage.FILE), "storage", "file", "memory");
    expectDrift(
        options.withSubjectPrefix("other").withProvisioning(NatsOptions.Provisioning.VERIFY),
        "subjects",
        "[other.>]",
        "[" + options.subjectPrefix() + ".>]");
    try (TaskQueue queue = NatsQueues.connect(options)) {
      queue.partition("p").push(Task.of("still", "works"));
    }
  }

  private static void expectDrift(NatsOptions options, String... parts) {
    try (TaskQueue queue = NatsQueues.connect(options)) {
      assertThatThrownBy(() -> queue.partition("p"))
          .isInstanceOf(ConfigDriftException.class)
          .hasMessageContainingAll(parts);
    }
  }

  @Test
  void aStreamThatIsFullRefusesAndDropsNothing() throws Exception {
    NatsOptions unlimited = TestQueues.options(server);
    NatsOptions options = unlimited.withMaxBytes(50_000);
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = queue.partition("p");
      int stored = 0;
      while (stored < 100) {
        try {
          partition.push(Task.of("task-" + stored, new byte[1_000]));
          stored++;
        } catch (QueueFullException full) {
          assertThat(full).hasMessageContaining("maximum bytes");
          break;
        }
      }
      assertThat(stored).isBetween(30, 49);
      try (Puller puller = partition.puller()) {
        List<Delivery> all = TestQueues.pull(puller, stored);
        assertThat(TestQueues.ids(all)).hasSize(stored).contains("task-0");
        assertThat(TestQueues.ack(all.get(0))).isEqualTo(Settlement.SETTLED);
        TestQueues.await("room", () -> hasRoom(partition));
      }
    }
    expectDrift(options.withMaxBytes(60_000), "bytes", "60000", "50000");
    NatsOptions more = options.withMaxBytes(60_000).withDriftPolicy(NatsOptions.DriftPolicy.UPDATE);
    try (TaskQueue queue = NatsQueues.connect(more);
        TaskQueue careless = NatsQueues.connect(options.withMaxBytes(60_000));
        TaskQueue silent = NatsQueues.connect(unlimited)) {
      assertThat(queue.partition("p").push(Task.of("more", new byte[5_000])).duplicate()).isFalse();
      careless.partition("p");
      silent.partition("p"); // A setting that it does not specify is not a difference.
    }
  }

  private static boolean hasRoom(Partition partition) {
    try {
      partition.push(Task.of("last", new byte[1_000]));
      return true;
    } catch (QueueFullException e) {
      return false;
    }
  }

  @Test
  void anUnsupportedSettingIsRefusedImmediately() {
    String text = "jetstream { max_memory_store: 1MB, max_file_store: 1MB }";
    try (NatsServer small = NatsServer.start(NatsConfig.defaults().withText(text));
        TaskQueue queue = NatsQueues.connect(TestQueues.options(small).withMaxBytes(100_000_000))) {
      assertThatThrownBy(() -> queue.partition("p"))
          .isInstanceOf(QueueUnavailableException.class)
          .hasMessageContaining("insufficient");
    }
  }

  @Test
  void replicasNeedACluster() {
    try (TaskQueue queue = NatsQueues.connect(TestQueues.options(server).withReplicas(3))) {
      assertThatThrownBy(() -> queue.partition("p"))
          .isInstanceOf(QueueUnavailableException.class)
          .hasMessageContaining("replicas");
    }
  }

  @Test
  void verifyCreatesNothing() throws Exception {
    NatsOptions options = TestQueues.options(server);
    NatsOptions verify = options.withProvisioning(NatsOptions.Provisioning.VERIFY);
    try (TaskQueue admin = NatsQueues.connect(options);
        TaskQueue queue = NatsQueues.connect(verify);
        Connection nc = Jnats.connect(server.url())) {
      assertThatThrownBy(() -> queue.partition("p"))
          .isInstanceOf(QueueUnavailableException.class)
          .hasMessageContaining("stream " + options.stream());
      assertThat(nc.jetStreamManagement().getStreamNames()).doesNotContain(options.stream());
      admin.partition("q");
      assertThatThrownBy(() -> queue.partition("p"))
          .isInstanceOf(QueueUnavailableException.class)
          .hasMessageContaining("partition p");
      admin.partition("p");
      assertThat(queue.partition("p").push(Task.of("a", "")).duplicate()).isFalse();
    }
  }

  @Test
  void aMissingStreamIsAnErrorAndNotAnEmptyQueue() throws Exception {
    NatsOptions options =
        TestQueues.options(server)
            .withProvisioning(NatsOptions.Provisioning.NONE)
            .withRequestTimeout(Duration.ofSeconds(1));
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = queue.partition("p");
      assertThatThrownBy(partition::puller).isInstanceOf(QueueUnavailableException.class);
      assertThatThrownBy(partition::stats).isInstanceOf(QueueUnavailableException.class);
      assertThatThrownBy(() -> partition.push(Task.of("a", "")))
          .isInstanceOf(QueueUnavailableException.class);
      assertThat(queue.health())
          .satisfies(
              health -> {
                assertThat(health.live()).isTrue();
                assertThat(health.ready()).isFalse();
                assertThat(health.problems()).singleElement().asString().contains("p");
              });
    }
  }

  @Test
  void aDeletedConsumerIsAnErrorAndIsRestored() throws Exception {
    NatsOptions options = TestQueues.options(server).withRequestTimeout(Duration.ofSeconds(2));
    try (TaskQueue queue = NatsQueues.connect(options);
        Connection nc = Jnats.connect(server.url())) {
      Partition partition = TestQueues.opened(queue, "p");
      try (Puller puller = partition.puller()) {
        nc.jetStreamManagement().deleteConsumer(options.stream(), "p");
        assertThatThrownBy(() -> puller.pull(1, Duration.ofMillis(100)))
            .isInstanceOf(QueueUnavailableException.class)
            .hasMessageContaining("partition p");
        TestQueues.await("health", () -> queue.health().ready());
        TestQueues.pushed(queue.partition("p"), Task.of("a", ""));
        assertThat(TestQueues.ids(TestQueues.pull(puller, 1))).containsExactly("a");
      }
    }
  }

  /** The client has checked the streams before, and checks them again. */
  @Test
  void aPartitionOfADeletedQueueOpensAtTheFirstTry() throws Exception {
    NatsOptions options = TestQueues.options(server);
    try (TaskQueue queue = NatsQueues.connect(options);
        Connection nc = Jnats.connect(server.url())) {
      TestQueues.opened(queue, "p");
      nc.jetStreamManagement().deleteStream(options.stream());
      nc.jetStreamManagement().deleteStream(options.stream() + "-dead");
      assertThat(queue.partition("q").push(Task.of("a", "")).duplicate()).isFalse();
      assertThat(queue.partition("q").stats().dead()).isZero();
    }
  }

  @Test
  void aServerWithSmallMessagesIsRefusedImmediately() {
    try (NatsServer small = NatsServer.start(NatsConfig.defaults().withText("max_payload: 64KB"))) {
      NatsOptions options = TestQueues.options(small);
      assertThatThrownBy(() -> NatsQueues.connect(options))
          .isInstanceOf(QueueRejectedException.class)
          .hasMessageContainingAll("max_payload", "65536", "1000000");
      QueueConfig fits = QueueConfig.defaults().withMaxPayloadBytes(36_000);
      try (TaskQueue queue = NatsQueues.connect(options.withQueue(fits))) {
        queue.partition("p").push(Task.of("a", new byte[36_000]));
      }
    }
  }
}
