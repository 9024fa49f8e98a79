// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.ConsumerConfiguration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The request of an idle worker waits for 20 s: no reaction of the worker may take that long. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class LongRequestTest {

  /** Less than the rest of a request. */
  private static final long LIMIT_NANOS = Duration.ofSeconds(15).toNanos();

  private static final int PARTITIONS = 100;

  private final Set<String> handled = ConcurrentHashMap.newKeySet();
  private NatsServer server;
  private NatsOptions options;
  private TaskQueue queue;
  private Connection nc;
  private JetStreamManagement management;

  @BeforeEach
  void start() throws Exception {
    server = NatsServer.start();
    connect(TestQueues.options(server));
    nc = Jnats.connect(server.url());
    management = nc.jetStreamManagement();
  }

  private void connect(NatsOptions with) {
    options = with;
    queue = NatsQueues.connect(options);
  }

  @AfterEach
  void stop() throws Exception {
    nc.close();
    queue.close();
    server.close();
  }

  /** Starts a worker and waits for its request. */
  private Worker idle(String partition) {
    Worker worker =
        TestQueues.opened(queue, partition)
            .work(task -> handled.add(task.taskId()), WorkerOptions.concurrency(2));
    TestQueues.await("a request", () -> waiting(partition) == 1);
    return worker;
  }

  private long waiting(String partition) {
    try {
      return management.getConsumerInfo(options.stream(), partition).getNumWaiting();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void handles(String partition, String id) {
    TestQueues.pushed(queue.partition(partition), Task.of(id, ""));
    inTime("handling of " + id, () -> handled.contains(id));
  }

  private static void inTime(String what, BooleanSupplier condition) {
    long began = System.nanoTime();
    TestQueues.await(what, condition);
    assertThat(System.nanoTime() - began).as(what).isLessThan(LIMIT_NANOS);
  }

  private void edit(ConsumerConfiguration.Builder change) throws Exception {
    management.addOrUpdateConsumer(options.stream(), change.build());
  }

  private ConsumerConfiguration.Builder consumer(String partition) throws Exception {
    return ConsumerConfiguration.builder(
        management.getConsumerInfo(options.stream(), partition).getConsumerConfiguration());
  }

  @Test
  void aLostConnectionIsReportedAndReturns() {
    assumeTrue(server.managed(), "a server that cannot be stopped");
    queue.close();
    connect(TestQueues.options(server).withStorage(NatsOptions.Storage.FILE));
    Worker worker = idle("p");
    server.stop();
    inTime("bad health", () -> !worker.health().ready());
    server.restart();
    inTime("good health", () -> worker.health().ready());
    handles("p", "after");
  }

  @Test
  void aPauseByAnAdministratorEndsWithItsResume() {
    assumeFalse(server.version().matches("2\\.(9|10)\\..*"), "a server that cannot pause");
    Worker unused = idle("p");
    queue.admin().partition("p").pause(Duration.ofHours(1));
    TestQueues.pushed(queue.partition("p"), Task.of("later", ""));
    assertThat(handled).isEmpty();
    queue.admin().partition("p").resume();
    inTime("handling", () -> handled.contains("later"));
  }

  /** The moment at which the pause ends is over when the request arrives. */
  @Test
  void aResumeOverASlowConnectionWakesThePulls() {
    assumeFalse(server.version().matches("2\\.(9|10)\\..*"), "a server that cannot pause");
    Worker unused = idle("p");
    queue.admin().partition("p").pause(Duration.ofHours(1));
    TestQueues.pushed(queue.partition("p"), Task.of("later", ""));
    try (FaultProxy proxy = FaultProxy.to(server.url(), 1);
        TaskQueue slow = NatsQueues.connect(options.withUrl(proxy.url()))) {
      proxy.delay(Duration.ofMillis(100), Duration.ZERO);
      slow.admin().partition("p").resume();
      inTime("handling", () -> handled.contains("later"));
    }
  }

  @Test
  void aConsumerThatIsEditedServesTheRequest() throws Exception {
    Worker unused = idle("p");
    edit(consumer("p").ackWait(Duration.ofSeconds(77)).maxAckPending(7));
    handles("p", "after");
  }

  /** The limit is set while a request waits, which is longer. */
  @Test
  void aConsumerThatRefusesLongRequestsGetsShortOnes() throws Exception {
    Partition partition = TestQueues.opened(queue, "p");
    edit(consumer("p").maxExpires(Duration.ofSeconds(10)));
    try (Worker worker =
        partition.work(task -> handled.add(task.taskId()), WorkerOptions.concurrency(2))) {
      TestQueues.await("a request", () -> waiting("p") == 1);
      assertThat(worker.health().ready()).isTrue();
      handles("p", "after");
    }
  }

  @Test
  void aDrainAndAPauseDoNotWaitForTheRequest() throws Exception {
    Worker worker = idle("p");
    long began = System.nanoTime();
    worker.pause();
    worker.resume();
    handles("p", "after");
    assertThat(worker.drain(Duration.ofMinutes(5))).isTrue();
    assertThat(System.nanoTime() - began).isLessThan(LIMIT_NANOS);
  }

  /**
   * The server ends the requests of most of these consumers, but not always all of them. In memory,
   * because the server can fail to create a stream in files again (docs/operating.md).
   */
  @Test
  void workersOfAStreamThatWasDeletedContinue() throws Exception {
    List<String> partitions = new ArrayList<>();
    for (int i = 0; i < PARTITIONS; i++) {
      partitions.add("p" + i);
      Worker unused = idle("p" + i);
    }
    management.deleteStream(options.stream());
    for (String partition : partitions) {
      handles(partition, "after-" + partition);
    }
  }
}
