// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A worker whose server ends and returns. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class WorkerTest {

  private final Set<String> handled = ConcurrentHashMap.newKeySet();
  private NatsServer server;
  private NatsOptions options;
  private TaskQueue queue;
  private Partition partition;

  @BeforeEach
  void start() {
    server = NatsServer.start();
    options =
        TestQueues.options(server)
            .withStorage(NatsOptions.Storage.FILE)
            .withQueue(TestQueues.config())
            .withRequestTimeout(Duration.ofSeconds(3));
    queue = NatsQueues.connect(options);
    partition = TestQueues.opened(queue, "p");
  }

  @AfterEach
  void stop() {
    queue.close();
    server.close();
  }

  private Worker work() {
    return partition.work(delivery -> handled.add(delivery.taskId()), WorkerOptions.concurrency(2));
  }

  private void handles(String id) {
    TestQueues.pushed(partition, Task.of(id, ""));
    TestQueues.await("handling of " + id, () -> handled.contains(id));
  }

  @Test
  void continuesAfterARestartOfItsServer() {
    assumeTrue(server.managed(), "a server that cannot be stopped");
    try (Worker worker = work()) {
      handles("before");
      server.stop();
      TestQueues.await("bad health", () -> !worker.health().ready());
      assertThat(worker.state()).isEqualTo(Worker.State.RUNNING);
      server.restart();
      handles("after");
      TestQueues.await("good health", () -> worker.health().ready());
      TestQueues.await("every ack", () -> partition.stats().backlog() == 0);
    }
  }

  @Test
  void continuesAfterTheDeletionOfItsConsumer() throws Exception {
    try (Worker worker = work();
        Connection nc = Jnats.connect(server.url())) {
      handles("before");
      nc.jetStreamManagement().deleteConsumer(options.stream(), "p");
      handles("after");
      TestQueues.await("good health", () -> worker.health().ready());
    }
  }

  @Test
  void aKeptLeaseOutlastsARestartOfTheServer() throws Exception {
    assumeTrue(server.managed(), "a server that cannot be stopped");
    // An extension every 3 s leaves time for a restart and for a machine that stands still briefly.
    Duration lease = Duration.ofSeconds(9);
    NatsOptions keeping =
        TestQueues.options(server)
            .withStorage(NatsOptions.Storage.FILE)
            .withQueue(TestQueues.config().withLease(lease));
    PullOptions kept = PullOptions.defaults().withKeepFor(Duration.ofMinutes(10));
    try (TaskQueue keeper = NatsQueues.connect(keeping);
        Puller puller = keeper.partition("p").puller(kept);
        Puller other = keeper.partition("p").puller()) {
      keeper.partition("p").push(Task.of("long", ""));
      Delivery held = TestQueues.pull(puller, 1).get(0);
      server.stop();
      server.restart();
      TestQueues.await("the connection", () -> keeper.health().ready());
      boolean inTime = held.leaseRemaining().compareTo(lease.dividedBy(2)) > 0;
      assumeTrue(inTime, "a machine that needs half of the lease for a restart");
      long untilNanos = System.nanoTime() + lease.toNanos() + 1_000_000_000L;
      while (System.nanoTime() - untilNanos < 0 && !held.leaseExpired()) {
        assertThat(other.pull(1, Duration.ofMillis(500))).isEmpty();
      }
      assertThat(held.leaseExpired()).isFalse();
      assertThat(TestQueues.ack(held)).isEqualTo(Settlement.SETTLED);
    }
  }

  @Test
  void endsWithItsQueue() {
    Worker worker = work();
    handles("before");
    queue.close();
    TestQueues.await("end", () -> worker.state() == Worker.State.CLOSED);
    assertThat(worker.health().live()).isFalse();
  }
}
