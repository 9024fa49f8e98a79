// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.ConsumerFile;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.FaultProxy.Way;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A client after the first and the second loss of its connection: it drops requests whose answer
 * cannot come and sends new ones.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(180)
class AfterReconnectTest {

  private static final Duration WAIT = Duration.ofSeconds(60);

  /** Shorter than the wait for a request without an answer. */
  private static final Duration SOON = Duration.ofSeconds(7);

  private NatsServer server;
  private NatsOptions options;
  private FaultProxy proxy;
  private TaskQueue queue;
  private Partition partition;
  private TaskQueue other;
  private Partition seenByOthers;

  @BeforeEach
  void open() {
    server = NatsServer.start();
    assumeTrue(server.local(), "a server that cannot be stopped, or whose store cannot be seen");
    options =
        TestQueues.options(server)
            .withStorage(NatsOptions.Storage.FILE)
            .withRequestTimeout(Duration.ofSeconds(20))
            .withQueue(TestQueues.config().withLease(Duration.ofMinutes(10)));
    proxy = FaultProxy.to(server.url(), 1);
    queue = NatsQueues.connect(options.withUrl(proxy.url()));
    partition = queue.partition("p");
    other = NatsQueues.connect(options);
    seenByOthers = other.partition("p");
  }

  @AfterEach
  void close() {
    proxy.heal();
    other.close();
    queue.close();
    proxy.close();
    server.close();
  }

  /**
   * A crash: a server that lives still knows the requests of its clients, and one that shuts down
   * ends them.
   */
  private void cut() {
    server.kill();
    TestQueues.await("cut", () -> !queue.health().live());
    server.restart();
    TestQueues.await("back", () -> queue.health().ready());
    TestQueues.await("back at the other client", () -> other.health().ready());
  }

  /** The number of pull requests that the server knows after {@link #cut}. */
  private ConsumerFile writtenDown() {
    return ConsumerFile.of(server, options.stream(), "p");
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "0, 2", "50, 1", "50, 2"})
  void aWaitingPullAsksTheNewConnection(int prefetch, int times) throws Exception {
    try (Puller puller = partition.puller(PullOptions.defaults().withPrefetch(prefetch))) {
      TestQueues.push(seenByOthers, 1);
      TestQueues.pull(puller, 1).get(0).ack();
      TestQueues.await("a stored delivery", () -> writtenDown().acknowledgedSequence() >= 1);
      CompletableFuture<List<Delivery>> pull = TestQueues.pullInBackground(puller, WAIT);
      for (int i = 0; i < times; i++) {
        cut();
      }
      long began = System.nanoTime();
      seenByOthers.push(Task.of("after", ""));
      assertThat(TestQueues.ids(pull.get(60, TimeUnit.SECONDS))).containsExactly("after");
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
    }
  }

  /** The restarted server does not know the request for delayed tasks. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void delayedTasksAreMovedAgain(int times) throws Exception {
    for (int i = 0; i < times; i++) {
      cut();
    }
    other.close();
    long began = System.nanoTime();
    partition.push(Task.of("later", "").withDelay(Duration.ofSeconds(1)));
    try (Puller puller = partition.puller()) {
      assertThat(TestQueues.ids(puller.pull(1, WAIT))).containsExactly("later");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(1).plus(SOON));
  }

  @Test
  void heldTasksAreSettledOverTheNewConnection() throws Exception {
    TestQueues.push(partition, 3);
    try (Puller puller = partition.puller()) {
      List<Delivery> held = TestQueues.pull(puller, 3);
      TestQueues.await("a stored delivery", () -> writtenDown().deliveredSequence() >= 3);
      cut();
      assertThat(held.get(0).ack()).isEqualTo(Settlement.SETTLED);
      assertThat(held.get(1).nak()).isEqualTo(Settlement.SETTLED);
      held.get(2).extend();
      assertThat(held.get(2).deadLetter("poison")).isEqualTo(Settlement.SETTLED);
      TestQueues.awaitStats(seenByOthers, new Stats(0, 1, 1));
    }
  }

  /** Immediately, not at the time of the next repetition. */
  @Test
  void unansweredPushesAreSentAgain() throws Exception {
    proxy.stall(Way.TO_SERVER, true);
    CompletableFuture<?> push = partition.pushAsync(Task.of("under-way", ""));
    proxy.reset();
    proxy.heal();
    push.get(20, TimeUnit.SECONDS);
    TestQueues.awaitReady(seenByOthers, 1);
  }

  @Test
  void leasesAreKeptAfterAReconnect() throws Exception {
    other.close();
    queue.close();
    NatsOptions brief =
        TestQueues.options(server)
            .withUrl(proxy.url())
            .withQueue(TestQueues.config().withLease(Duration.ofSeconds(6)));
    try (TaskQueue kept = NatsQueues.connect(brief);
        Puller puller =
            kept.partition("p").puller(PullOptions.defaults().withKeepFor(Duration.ofMinutes(5)))) {
      kept.partition("p").push(Task.of("long", ""));
      Delivery held = TestQueues.pull(puller, 1).get(0);
      proxy.reset();
      long until = System.nanoTime() + Duration.ofSeconds(13).toNanos();
      TestQueues.await("two leases", () -> System.nanoTime() - until >= 0);
      assertThat(held.leaseExpired()).isFalse();
      assertThat(held.ack()).isEqualTo(Settlement.SETTLED);
    }
  }

  @Test
  void aCallWithoutAConnectionFailsAsNotDone() throws Exception {
    TestQueues.push(partition, 1);
    Delivery held = TestQueues.pull(partition.puller(), 1).get(0);
    queue.close();
    try (TaskQueue impatient =
        NatsQueues.connect(
            options.withUrl(proxy.url()).withRequestTimeout(Duration.ofSeconds(1)))) {
      Partition same = impatient.partition("p");
      proxy.refuse(true);
      proxy.reset();
      TestQueues.await("cut", () -> !impatient.health().live());
      assertThatThrownBy(() -> same.push(Task.of("x", "")))
          .isInstanceOf(QueueUnavailableException.class);
      assertThatThrownBy(same::stats).isInstanceOf(QueueUnavailableException.class);
      assertThatThrownBy(() -> same.puller().pull(1, Duration.ZERO))
          .isInstanceOf(QueueUnavailableException.class);
      assertThat(held.taskId()).isEqualTo("task-0");
    }
    TestQueues.awaitStats(seenByOthers, new Stats(0, 1, 0));
  }
}
