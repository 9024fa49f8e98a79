// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.JetStreamApiException;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * JetStream is disabled for the account and enabled again, while the server and its clients live.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class JetStreamDownTest {

  private static final Duration WAIT = Duration.ofSeconds(60);

  private NatsServer server;
  private FaultProxy proxy;
  private TaskQueue queue;
  private Partition partition;

  @BeforeEach
  void start() {
    server = NatsServer.start(NatsConfig.defaults().withText(account("enabled")));
    assumeTrue(server.local(), "a server whose configuration cannot be reloaded");
    proxy = FaultProxy.to(server.url(), 1);
    queue =
        NatsQueues.connect(
            TestQueues.options(server)
                .withUrl(proxy.url())
                .withUser("worker", "s3cr3t".toCharArray())
                .withStorage(NatsOptions.Storage.FILE)
                .withQueue(TestQueues.config())
                .withRequestTimeout(Duration.ofSeconds(2)));
    partition = TestQueues.opened(queue, "p");
  }

  @AfterEach
  void stop() {
    queue.close();
    proxy.close();
    server.close();
  }

  private static String account(String jetStream) {
    return "accounts { A: { jetstream: "
        + jetStream
        + ", users: [ { user: worker, password: s3cr3t } ] } }\n";
  }

  private void down() {
    server.reload(account("disabled"));
    TestQueues.await("no JetStream", () -> !jetStreamAnswers());
    TestQueues.await("bad health", () -> !queue.health().ready());
  }

  /**
   * A server that reloads its configuration disconnects its clients first and disables JetStream
   * some time later. Bad health may mean only the disconnection.
   */
  private boolean jetStreamAnswers() {
    Options options =
        Options.builder()
            .server(server.url())
            .userInfo("worker", "s3cr3t")
            .errorListener(new ErrorListener() {})
            .build();
    try (Connection nc = Nats.connect(options)) {
      return answers(nc);
    } catch (IOException notYet) {
      return true;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean answers(Connection nc) {
    try {
      nc.jetStreamManagement().getAccountStatistics();
      return true;
    } catch (IOException | JetStreamApiException disabled) {
      return false;
    }
  }

  private void up() {
    server.reload(account("enabled"));
    if (server.version().startsWith("2.9.") || server.version().startsWith("2.10.")) {
      // These servers enable JetStream again, but restore the streams of the account only at their
      // next start.
      server.stop();
      server.restart();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 50})
  void pullsFailWithTheirErrorAndContinue(int prefetch) throws Exception {
    try (Puller puller = partition.puller(PullOptions.defaults().withPrefetch(prefetch))) {
      TestQueues.push(partition, 1);
      TestQueues.ack(TestQueues.pull(puller, 1).get(0));
      CompletableFuture<List<Delivery>> waiting = TestQueues.pullInBackground(puller, WAIT);
      down();
      assertThat(queue.health().live()).isTrue();
      assertThatThrownBy(() -> waiting.get(2, TimeUnit.MINUTES))
          .hasCauseInstanceOf(QueueUnavailableException.class);
      long before = proxy.bytes(FaultProxy.Way.TO_SERVER);
      for (int i = 0; i < 5; i++) {
        // The pull reports an error: no empty list, no loop of immediate requests.
        assertThatThrownBy(() -> puller.pull(1, Duration.ofMillis(100)))
            .isInstanceOf(QueueUnavailableException.class);
      }
      assertThat(proxy.bytes(FaultProxy.Way.TO_SERVER) - before).isLessThan(20_000);
      up();
      TestQueues.await("good health", () -> queue.health().equals(Health.up()));
      TestQueues.pushed(partition, Task.of("after", ""));
      assertThat(TestQueues.ids(TestQueues.pulled(puller, 1))).containsExactly("after");
    }
  }

  @Test
  void everyCallEndsWithItsErrorAndStoredTasksReturn() throws Exception {
    TestQueues.push(partition, 3);
    try (Puller puller = partition.puller()) {
      Delivery held = TestQueues.pull(puller, 1).get(0);
      down();
      assertThatThrownBy(() -> partition.push(Task.of("x", "")))
          .isInstanceOf(TaskQueueException.class);
      assertThatThrownBy(held::ack).isInstanceOf(TaskQueueException.class);
      assertThatThrownBy(partition::stats).isInstanceOf(QueueUnavailableException.class);
      assertThatThrownBy(partition::oldestAge).isInstanceOf(QueueUnavailableException.class);
      assertThatThrownBy(() -> queue.partition("other")).isInstanceOf(TaskQueueException.class);
      up();
      TestQueues.pushed(partition, Task.of("x", ""));
      // The server stores tasks before it has restored the consumer.
      assertThat(TestQueues.ids(TestQueues.pulled(puller, 3)))
          .containsExactly("task-1", "task-2", "x");
    }
  }

  @Test
  void aWorkerContinuesWithoutARestart() {
    Set<String> handled = ConcurrentHashMap.newKeySet();
    try (Worker worker =
        partition.work(delivery -> handled.add(delivery.taskId()), WorkerOptions.concurrency(2))) {
      TestQueues.pushed(partition, Task.of("before", ""));
      TestQueues.await("the first task", () -> handled.contains("before"));
      down();
      TestQueues.await("bad health of the worker", () -> !worker.health().ready());
      assertThat(worker.state()).isEqualTo(Worker.State.RUNNING);
      up();
      TestQueues.pushed(partition, Task.of("after", ""));
      TestQueues.await("the next task", () -> handled.contains("after"));
      TestQueues.await("good health of the worker", () -> worker.health().ready());
    }
  }
}
