// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.Puller;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The health of a queue follows each trouble and its end. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class HealthTest {

  private static NatsOptions options(NatsServer server) {
    return TestQueues.options(server)
        .withStorage(NatsOptions.Storage.FILE)
        .withRequestTimeout(Duration.ofSeconds(3));
  }

  private static void awaitUp(TaskQueue queue) {
    TestQueues.await("a healthy queue", () -> queue.health().equals(Health.up()));
  }

  @Test
  void aStoppedServerIsNotLiveUntilItRestarts() {
    try (NatsServer server = NatsServer.start();
        TaskQueue queue = NatsQueues.connect(options(server))) {
      TestQueues.opened(queue, "p");
      assertThat(queue.health()).isEqualTo(Health.up());
      server.kill();
      TestQueues.await("a lost connection", () -> !queue.health().live());
      assertThat(queue.health().ready()).isFalse();
      assertThat(queue.health().problems()).singleElement().asString().contains("connection");
      server.restart();
      awaitUp(queue);
    }
  }

  @Test
  void aPausedServerIsNotReadyUntilItContinues() {
    try (NatsServer server = NatsServer.start();
        TaskQueue queue = NatsQueues.connect(options(server))) {
      TestQueues.opened(queue, "p");
      server.pause();
      try {
        assertThat(queue.health().ready()).isFalse();
      } finally {
        server.resume();
      }
      awaitUp(queue);
    }
  }

  @Test
  void aDeletedPartitionIsNotReadyUntilItIsCreatedAgain() throws Exception {
    try (NatsServer server = NatsServer.start();
        Connection nc = Jnats.connect(server.url())) {
      NatsOptions options = options(server);
      try (TaskQueue queue = NatsQueues.connect(options)) {
        TestQueues.opened(queue, "p");
        TestQueues.opened(queue, "q");
        nc.jetStreamManagement().deleteConsumer(options.stream(), "q");
        expectProblem(queue, "partition q");
        awaitUp(queue);
        nc.jetStreamManagement().deleteStream(options.stream());
        Health health = queue.health();
        assertThat(health.live()).isTrue();
        assertThat(health.ready()).isFalse();
        assertThat(health.problems()).isNotEmpty();
        awaitUp(queue);
      }
    }
  }

  private static void expectProblem(TaskQueue queue, String text) {
    Health health = queue.health();
    assertThat(health.live()).isTrue();
    assertThat(health.ready()).isFalse();
    assertThat(health.problems()).singleElement().asString().contains(text);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void failedPullsAreNotReadyUntilOneSucceeds(boolean withoutAThread) throws Exception {
    String all = user("\">\"");
    String noPulls = user("\"$JS.API.CONSUMER.INFO.>\", \"t.>\"");
    try (NatsServer server = NatsServer.start(NatsConfig.defaults().withText(all))) {
      assumeTrue(server.local(), "a server whose configuration cannot be reloaded");
      NatsOptions options =
          options(server).withSubjectPrefix("t").withUser("joe", "s3cr3t".toCharArray());
      try (TaskQueue queue = NatsQueues.connect(options);
          Puller puller = TestQueues.opened(queue, "p").puller()) {
        TestQueues.await("a good pull", () -> pulls(puller));
        awaitUp(queue);
        server.reload(noPulls);
        TestQueues.await("a pull that is denied", () -> !pulls(puller));
        expectProblem(queue, "last pull failed");
        assertThat(queue.health().problems())
            .singleElement()
            .asString()
            .contains("partition p: ", "CONSUMER.MSG.NEXT", "the last successful pull ended ");
        server.reload(all);
        if (withoutAThread) {
          TestQueues.await("the permissions are granted again", () -> opens(queue, "other"));
          try (Puller other = queue.partition("other").puller()) {
            TestQueues.await("a good pull of another partition", () -> pulls(other));
          }
          CountDownLatch handled = new CountDownLatch(1);
          try (Worker worker =
              queue
                  .partition("p")
                  .work(task -> handled.countDown(), WorkerOptions.concurrency(1))) {
            TestQueues.pushed(queue.partition("p"), Task.of("task", ""));
            handled.await();
            assertThat(queue.health()).isEqualTo(Health.up());
            assertThat(worker.health().ready()).isTrue();
          }
        } else {
          TestQueues.await("a good pull again", () -> pulls(puller));
          assertThat(queue.health()).isEqualTo(Health.up());
        }
      }
    }
  }

  private static boolean opens(TaskQueue queue, String partition) {
    try {
      return queue.partition(partition) != null;
    } catch (PermissionDeniedException e) {
      return false;
    }
  }

  /** Otherwise a worker that is paused since then would never be ready again. */
  @Test
  void aPullThatFailedBeforeAReconnectIsTriedAgain() {
    try (NatsServer server = NatsServer.start();
        TaskQueue queue = NatsQueues.connect(options(server));
        Puller puller = TestQueues.opened(queue, "p").puller()) {
      server.kill();
      TestQueues.await("a pull without a server", () -> !pulls(puller));
      assertThat(queue.health().ready()).isFalse();
      server.restart();
      awaitUp(queue);
    }
  }

  private static boolean pulls(Puller puller) {
    try {
      assertThat(puller.pull(1, Duration.ofMillis(50))).isEmpty();
      return true;
    } catch (TaskQueueException e) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** After a reconnect the client may see the partition, so health reports it. */
  @Test
  void aPermissionOfANewConnectionIsUsed() throws Exception {
    String admin = "{ user: admin, password: s3cr3t }, ";
    String blind = user("\"t.>\"").replace("[ {", "[ " + admin + "{");
    try (NatsServer server = NatsServer.start(NatsConfig.defaults().withText(blind));
        FaultProxy proxy = FaultProxy.to(server.url(), 1)) {
      assumeTrue(server.local(), "a server whose configuration cannot be reloaded");
      NatsOptions options = options(server).withSubjectPrefix("t");
      NatsOptions joe =
          options
              .withUrl(proxy.url())
              .withUser("joe", "s3cr3t".toCharArray())
              .withProvisioning(NatsOptions.Provisioning.NONE);
      try (TaskQueue maker = NatsQueues.connect(options.withUser("admin", "s3cr3t".toCharArray()));
          TaskQueue queue = NatsQueues.connect(joe)) {
        TestQueues.opened(maker, "p");
        TestQueues.opened(queue, "p");
        awaitUp(queue);
        maker.admin().partition("p").delete();
        assertThat(queue.health()).isEqualTo(Health.up());
        server.reload(blind.replace("\"t.>\"", "\"t.>\", \"$JS.API.CONSUMER.INFO.>\""));
        TestQueues.await("a reload", () -> server.logTail().contains("Reloaded server config"));
        proxy.reset();
        TestQueues.await(
            "the partition in the problems",
            () -> queue.health().problems().toString().contains("partition p"));
      }
    }
  }

  private static String user(String publish) {
    return "authorization { users = [ { user: joe, password: s3cr3t, permissions: { publish: ["
        + publish
        + "], subscribe: [\"_INBOX.>\"] } } ] }\n";
  }

  @Test
  void aPartitionAtItsLimitNeedsAttentionAndWorks() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      List<String> warnings = new CopyOnWriteArrayList<>();
      List<Health> beside = new CopyOnWriteArrayList<>();
      AtomicReference<TaskQueue> connected = new AtomicReference<>();
      QueueListener listener =
          new QueueListener() {
            @Override
            public void warned(QueueEvent.Warned event) {
              warnings.add(event.text());
              // No lock is held, so the check of another thread can end.
              beside.add(
                  CompletableFuture.supplyAsync(
                          () -> Objects.requireNonNull(connected.get()).health())
                      .orTimeout(20, TimeUnit.SECONDS)
                      .join());
            }
          };
      NatsOptions options =
          options(server)
              .withQueue(TestQueues.config().withMaxOutstanding(3))
              .withListener(listener);
      try (TaskQueue queue = NatsQueues.connect(options)) {
        connected.set(queue);
        Partition partition = TestQueues.opened(queue, "p");
        TestQueues.push(partition, 5);
        try (Puller puller = partition.puller()) {
          List<Delivery> held = TestQueues.pull(puller, 3);
          TestQueues.await("a warning", () -> !queue.health().problems().isEmpty());
          Health health = queue.health();
          assertThat(health.ready()).isTrue();
          assertThat(health.problems())
              .singleElement()
              .asString()
              .contains("partition p has 3 outstanding tasks");
          assertThat(queue.health().problems()).containsExactlyElementsOf(warnings);
          assertThat(beside).singleElement().matches(Health::ready);
          held.get(0).ack();
          awaitUp(queue);
        }
      }
    }
  }

  @Test
  void aClosedQueueIsNeitherLiveNorReady() {
    try (NatsServer server = NatsServer.start()) {
      TaskQueue queue = NatsQueues.connect(options(server));
      TestQueues.pushed(TestQueues.opened(queue, "p"), Task.of("a", ""));
      queue.close();
      assertThat(queue.health())
          .isEqualTo(new Health(false, false, List.of("the queue is closed")));
    }
  }
}
