// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushReceipt;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.NatsServer;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A network that is cut, becomes silent, or loses a confirmation. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class BrokenNetworkTest {

  private static final Duration WAIT = Duration.ofSeconds(60);
  private static final Duration LEASE = Duration.ofSeconds(3);

  private NatsServer server;
  private FaultProxy proxy;
  private NatsOptions options;

  /** A client that bypasses the proxy. */
  private TaskQueue direct;

  private Partition there;

  /** The client under test. */
  private TaskQueue queue;

  private Partition partition;

  @BeforeEach
  void start() {
    server = NatsServer.start();
    proxy = FaultProxy.to(server.url(), 1);
    options =
        TestQueues.options(server)
            .withQueue(TestQueues.config().withLease(Duration.ofMinutes(5)))
            .withRequestTimeout(WAIT);
    direct = NatsQueues.connect(options);
    there = direct.partition("p");
    queue = NatsQueues.connect(options.withUrl(proxy.url()));
    partition = queue.partition("p");
  }

  @AfterEach
  void stop() {
    proxy.close();
    queue.close();
    direct.close();
    server.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 50})
  void aWaitingPullContinuesAfterACut(int prefetch) throws Exception {
    // Short, because the server may still send the task to the lost connection.
    NatsOptions own = TestQueues.options(server).withQueue(TestQueues.config().withLease(LEASE));
    try (TaskQueue past = NatsQueues.connect(own);
        TaskQueue cut = NatsQueues.connect(own.withUrl(proxy.url()));
        Puller puller = cut.partition("p").puller(PullOptions.defaults().withPrefetch(prefetch))) {
      CompletableFuture<List<Delivery>> pull = TestQueues.pullInBackground(puller, WAIT);
      proxy.reset();
      past.partition("p").push(Task.of("after", ""));
      assertThat(TestQueues.ids(pull.get(2, TimeUnit.MINUTES))).containsExactly("after");
      TestQueues.await("health", () -> cut.health().equals(Health.up()));
    }
  }

  /** The count of a limited partition takes a request. */
  @Test
  void anAsynchronousPushOfADelayedTaskDoesNotWaitForTheServer() throws Exception {
    NatsOptions limited = TestQueues.options(server).withQueue(TestQueues.config().withMaxTasks(9));
    try (TaskQueue own = NatsQueues.connect(limited.withUrl(proxy.url()))) {
      Partition asked = own.partition("p");
      proxy.stall(FaultProxy.Way.TO_CLIENT, true);
      Task later = Task.of("later", "").withDelay(Duration.ofHours(1));
      CompletableFuture<PushReceipt> push = asked.pushAsync(later);
      proxy.heal();
      assertThat(push.get(60, TimeUnit.SECONDS).duplicate()).isFalse();
    }
  }

  @Test
  void aHalfOpenConnectionIsNoticedAndReplaced() throws Exception {
    Options impatient =
        Options.builder()
            .server(proxy.url())
            .maxReconnects(-1)
            .reconnectBufferSize(0)
            .reconnectWait(Duration.ofMillis(100))
            .connectionTimeout(Duration.ofSeconds(5))
            .pingInterval(Duration.ofMillis(500))
            .maxPingsOut(4)
            .errorListener(new ErrorListener() {})
            .build();
    NatsOptions own = TestQueues.options(server).withQueue(TestQueues.config().withLease(LEASE));
    try (TaskQueue past = NatsQueues.connect(own);
        Connection connection = Nats.connect(impatient);
        TaskQueue over = NatsQueues.over(connection, own);
        Puller puller = over.partition("p").puller()) {
      CompletableFuture<List<Delivery>> pull = TestQueues.pullInBackground(puller, WAIT);
      proxy.blackHole(true);
      TestQueues.await("noticed", () -> !over.health().live());
      proxy.heal();
      TestQueues.await("health", () -> over.health().ready());
      past.partition("p").push(Task.of("after", ""));
      assertThat(TestQueues.ids(pull.get(2, TimeUnit.MINUTES))).containsExactly("after");
    }
  }

  /**
   * No client can prevent this: a server does not compare deliveries. A nak that is sent within the
   * lease and arrives after it affects the next holder ({@code server/consumer.go}, {@code
   * processNak}; 2.9 to 2.15). The task is delivered early, costs an attempt, and is not lost.
   */
  @Test
  void aGiveBackThatArrivesLateTakesTheTaskFromItsNextHolder() throws Exception {
    Duration lease = LEASE.multipliedBy(2); // enough time to give back within the lease
    NatsOptions own = TestQueues.options(server).withQueue(TestQueues.config().withLease(lease));
    PullOptions keeping = PullOptions.defaults().withKeepFor(Duration.ofMinutes(10));
    try (TaskQueue past = NatsQueues.connect(own);
        TaskQueue slow = NatsQueues.connect(own.withUrl(proxy.url()));
        Puller ahead = slow.partition("p").puller(PullOptions.defaults().withPrefetch(2));
        Puller next = past.partition("p").puller(keeping);
        Puller third = past.partition("p").puller()) {
      TestQueues.push(past.partition("p"), 2);
      assertThat(TestQueues.ids(TestQueues.pull(ahead, 1))).containsExactly("task-0");
      TestQueues.await("both leased", () -> past.partition("p").stats().outstanding() == 2);
      proxy.stall(FaultProxy.Way.TO_SERVER, true);
      ahead.close(); // gives back the prefetched task
      List<Delivery> kept = new ArrayList<>();
      while (!TestQueues.ids(kept).contains("task-1")) {
        kept.addAll(next.pull(2, WAIT)); // after the end of their leases
      }
      proxy.stall(FaultProxy.Way.TO_SERVER, false);
      List<Delivery> early = TestQueues.pull(third, 1);
      assertThat(TestQueues.ids(early)).containsExactly("task-1");
      assertThat(early.get(0).attempt()).isEqualTo(3);
      assertThat(kept).allMatch(delivery -> delivery.leaseRemaining().toNanos() > 0);
      assertThat(TestQueues.ack(early.get(0))).isEqualTo(Settlement.SETTLED);
    }
  }

  @Test
  void anAckWhoseConfirmationIsCutOffIsRepeatedAndConfirmed() throws Exception {
    there.push(Task.of("a", ""));
    try (Puller puller = partition.puller()) {
      Delivery delivery = TestQueues.pull(puller, 1).get(0);
      proxy.stall(FaultProxy.Way.TO_CLIENT, true);
      CompletableFuture<Settlement> ack = delivery.ackAsync();
      TestQueues.await("applied", () -> there.stats().equals(new Stats(0, 0, 0)));
      assertThat(ack).isNotDone();
      proxy.reset();
      proxy.heal();
      assertThat(ack.get(2, TimeUnit.MINUTES)).isEqualTo(Settlement.SETTLED);
    }
  }

  @Test
  void anAckThatIsNeverConfirmedIsReportedAsUnknownAndCanBeRepeated() throws Exception {
    try (TaskQueue hasty =
            NatsQueues.connect(
                options.withUrl(proxy.url()).withRequestTimeout(Duration.ofSeconds(2)));
        Puller puller = hasty.partition("p").puller()) {
      there.push(Task.of("a", ""));
      Delivery delivery = TestQueues.pull(puller, 1).get(0);
      proxy.stall(FaultProxy.Way.TO_CLIENT, true);
      assertThatThrownBy(delivery::ack).isInstanceOf(OutcomeUnknownException.class);
      TestQueues.await("applied", () -> there.stats().equals(new Stats(0, 0, 0)));
      proxy.heal();
      assertThat(TestQueues.ack(delivery)).isEqualTo(Settlement.SETTLED);
    }
  }

  @Test
  void aPushWhoseConfirmationIsCutOffIsStoredOnce() throws Exception {
    proxy.stall(FaultProxy.Way.TO_CLIENT, true);
    CompletableFuture<PushReceipt> push = partition.pushAsync(Task.of("a", ""));
    TestQueues.await("stored", () -> there.stats().ready() == 1);
    assertThat(push).isNotDone();
    proxy.reset();
    proxy.heal();
    assertThat(push.get(2, TimeUnit.MINUTES).taskId()).isEqualTo("a");
    TestQueues.awaitStats(there, new Stats(1, 0, 0));
  }

  @Test
  void aPushThatIsNeverConfirmedIsReportedAsUnknownAndCanBeRepeated() {
    try (TaskQueue hasty =
        NatsQueues.connect(
            options.withUrl(proxy.url()).withRequestTimeout(Duration.ofSeconds(2)))) {
      Partition same = hasty.partition("p");
      proxy.stall(FaultProxy.Way.TO_CLIENT, true);
      assertThatThrownBy(() -> same.push(Task.of("a", "")))
          .isInstanceOf(OutcomeUnknownException.class);
      proxy.heal();
      TestQueues.pushed(same, Task.of("a", ""));
      TestQueues.awaitStats(there, new Stats(1, 0, 0));
    }
  }

  @Test
  void pushesAndAcksThatAreCutInTheMiddleOfAMessageLoseAndDoubleNothing() throws Exception {
    for (int cutAfter : new int[] {1, 50, 150, 900}) {
      proxy.resetAfter(FaultProxy.Way.TO_SERVER, cutAfter);
      TestQueues.tasks(10)
          .forEach(task -> TestQueues.pushed(partition, Task.of(task.id() + "-" + cutAfter, "")));
    }
    TestQueues.awaitStats(there, new Stats(40, 0, 0));
    try (Puller puller = partition.puller()) {
      for (Delivery delivery : TestQueues.pull(puller, 40)) {
        if (delivery.taskId().startsWith("task-0")) {
          proxy.resetAfter(FaultProxy.Way.TO_SERVER, 30);
        }
        assertThat(TestQueues.ack(delivery)).isEqualTo(Settlement.SETTLED);
      }
    }
    TestQueues.awaitStats(there, new Stats(0, 0, 0));
  }

  /** The defaults of jnats that harm a queue. Each is measured or has an issue of jnats. */
  @Test
  void harmfulDefaultsOfTheClientAreOverridden() throws Exception {
    Options used = NatsQueues.jnatsOptions(options, new Wire());
    assertThat(used.getMaxReconnect()).isEqualTo(-1);
    assertThat(used.getReconnectBufferSize()).isZero();
    assertThat(used.getReconnectDelayHandler().getWaitTime(1))
        .isBetween(Duration.ofMillis(250), Duration.ofMillis(500));
    Duration noticed = used.getPingInterval().multipliedBy(used.getMaxPingsOut() + 1L);
    assertThat(noticed).isLessThanOrEqualTo(Duration.ofSeconds(30));
    assertThat(used.getMaxPingsOut()).isGreaterThan(Options.DEFAULT_MAX_PINGS_OUT);
    assertThat(used.isNoEcho()).isFalse();
  }
}
