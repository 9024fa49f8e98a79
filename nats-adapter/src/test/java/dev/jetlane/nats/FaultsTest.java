package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
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
import org.junit.jupiter.params.provider.ValueSource;

/** A server that dies, comes back, and stands still. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class FaultsTest {

  private static final Duration WAIT = Duration.ofSeconds(30);

  private NatsServer server;
  private TaskQueue queue;
  private Partition partition;

  @BeforeEach
  void start() {
    server = NatsServer.start();
    assumeTrue(server.managed(), "a server that cannot be killed");
    NatsOptions options =
        TestQueues.options(server)
            .withStorage(NatsOptions.Storage.FILE)
            .withQueue(TestQueues.config())
            .withRequestTimeout(Duration.ofSeconds(3));
    queue = NatsTaskQueue.connect(options);
    partition = queue.partition("p");
  }

  @AfterEach
  void stop() {
    queue.close();
    server.close();
  }

  @Test
  void aServerThatWasRestartedKeepsTasksAndTakesTheAck() throws Exception {
    TestQueues.push(partition, 3);
    try (Puller puller = partition.puller()) {
      List<Delivery> two = TestQueues.pull(puller, 2);
      server.kill();
      assertThatThrownBy(() -> partition.push(Task.of("x", "")))
          .isInstanceOf(TaskQueueException.class);
      server.restart();
      TestQueues.await("health", () -> queue.health().ready());
      assertThat(two.get(0).ack()).isEqualTo(Settlement.SETTLED);
      assertThat(two.get(1).nak()).isEqualTo(Settlement.SETTLED);
      List<Delivery> rest = TestQueues.pull(puller, 2);
      assertThat(TestQueues.ids(rest)).containsExactlyInAnyOrder("task-1", "task-2");
      rest.forEach(Delivery::ack);
      assertThat(partition.stats()).isEqualTo(new Stats(0, 0, 0));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 50})
  void aPullThatWaitsOverARestartGoesOn(int prefetch) throws Exception {
    try (Puller puller = partition.puller(PullOptions.defaults().withPrefetch(prefetch))) {
      partition.push(Task.of("first", ""));
      puller.pull(1, WAIT).get(0).ack();
      CompletableFuture<List<Delivery>> pull = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                try {
                  pull.complete(puller.pull(10, WAIT));
                } catch (Throwable e) {
                  pull.completeExceptionally(e);
                }
              });
      thread.start();
      TestQueues.await("waiting", () -> thread.getState() == Thread.State.TIMED_WAITING);
      server.restart();
      TestQueues.await("health", () -> queue.health().ready());
      partition.push(Task.of("second", ""));
      assertThat(TestQueues.ids(pull.get(5, TimeUnit.SECONDS))).containsExactly("second");
    }
  }

  @Test
  void aDeadServerIsAnErrorAndNotAnEmptyQueue() throws Exception {
    try (Puller puller = partition.puller()) {
      server.kill();
      TestQueues.await("cut", () -> !queue.health().live());
      assertThatThrownBy(() -> puller.pull(1, Duration.ZERO))
          .isInstanceOf(QueueUnavailableException.class);
      long start = System.nanoTime();
      assertThatThrownBy(() -> puller.pull(1, Duration.ofMillis(500)))
          .isInstanceOf(QueueUnavailableException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(Duration.ofMillis(450), Duration.ofSeconds(2));
      assertThatThrownBy(() -> partition.push(Task.of("x", "")))
          .isInstanceOf(QueueUnavailableException.class);
      assertThatThrownBy(partition::stats).isInstanceOf(QueueUnavailableException.class);
    }
  }

  @Test
  void aPushOverARestartIsStoredOnce() throws Exception {
    server.kill();
    TestQueues.await("cut", () -> !queue.health().live());
    CompletableFuture<PushReceipt> push = partition.pushAsync(Task.of("late", ""));
    server.restart();
    assertThat(push.get(10, TimeUnit.SECONDS)).isEqualTo(new PushReceipt("late", false));
    assertThat(partition.push(Task.of("late", "")).duplicate()).isTrue();
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
  }

  @Test
  void aServerThatStandsStillMakesTheOutcomeUnknownAndTheRetryFindsOut() throws Exception {
    TestQueues.push(partition, 1);
    try (Puller puller = partition.puller()) {
      Delivery delivery = TestQueues.pull(puller, 1).get(0);
      server.pause();
      CompletableFuture<Settlement> ack = delivery.ackAsync();
      assertThatThrownBy(() -> partition.push(Task.of("x", "")))
          .isInstanceOf(OutcomeUnknownException.class);
      assertThatThrownBy(() -> ack.get(10, TimeUnit.SECONDS))
          .hasCauseInstanceOf(OutcomeUnknownException.class);
      server.resume();
      assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
      partition.push(Task.of("x", ""));
      assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
    }
  }

  @Test
  void closingWhileTheServerIsDeadEnds() {
    Puller puller = partition.puller(PullOptions.defaults().withPrefetch(10));
    server.kill();
    long start = System.nanoTime();
    puller.close();
    queue.close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
  }
}
