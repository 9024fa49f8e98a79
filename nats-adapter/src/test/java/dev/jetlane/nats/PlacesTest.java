// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.nats.testing.NatsPlace;
import io.nats.client.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The calls of a queue whose clients reach JetStream through an account import, a leaf node, or
 * websockets. With {@code -Djetlane.nats.place} the rules of the kit run there too.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class PlacesTest {

  private static final Duration WAIT = Duration.ofSeconds(20);

  private static NatsOptions options(NatsPlace place) {
    return place
        .options(NatsOptions.defaults())
        .withSubjectPrefix(NatsPlace.ROOT + ".tasks")
        .withStorage(NatsOptions.Storage.MEMORY)
        .withQueue(TestQueues.config().withPriorities(2))
        .withRequestTimeout(WAIT)
        .withConnectPatience(WAIT); // A leaf node may still be connecting.
  }

  @ParameterizedTest
  @EnumSource(value = NatsPlace.Kind.class, mode = EnumSource.Mode.EXCLUDE, names = "HERE")
  void everyCallWorks(NatsPlace.Kind kind) throws Exception {
    try (NatsPlace place = NatsPlace.start(kind);
        TaskQueue queue = NatsQueues.connect(options(place));
        TaskQueue other = NatsQueues.connect(options(place))) {
      Partition gpu = queue.partition("gpu");
      try (Puller puller = gpu.puller()) {
        CompletableFuture<List<Delivery>> waiting = TestQueues.pullInBackground(puller, WAIT);
        other.partition("gpu").push(Task.of("first", "payload").withHeader("k", "v"));
        Delivery first = waiting.join().get(0);
        assertThat(first.headers()).containsEntry("k", "v");
        assertThat(first.extend()).isTrue();
        assertThat(first.ack()).isEqualTo(Settlement.SETTLED);
        assertThat(gpu.push(Task.of("first", "")).duplicate()).isTrue();
        settleInEachWay(place, gpu, puller);
      }
      TestQueues.awaitStats(gpu, new Stats(0, 0, 0));
      aWithdrawnPullTakesNothing(queue, "gpu");
      try (TaskQueue plain =
          NatsQueues.connect(options(place).withQueue(TestQueues.config().withPriorities(1)))) {
        aWithdrawnPullTakesNothing(plain, "cpu");
      }
      aStalledPullTakesNothing(options(place));
      if (kind == NatsPlace.Kind.LEAF) {
        NatsOptions atTheHub = options(place).withUrl(place.queueServer().url());
        try (TaskQueue near = NatsQueues.connect(atTheHub)) {
          aWithdrawnPullTakesNothing(near, "near");
        }
      }
      delayedAndLater(gpu, other.partition("gpu"));
      assertThat(queue.health()).isEqualTo(Health.up());
      NatsOptions wrong = options(place).withConnectPatience(Duration.ZERO).withDomain("nowhere");
      assertThatThrownBy(() -> NatsQueues.connect(wrong))
          .isInstanceOf(QueueUnavailableException.class)
          .hasMessageContaining("$JS.nowhere.API.STREAM.INFO.jetlane");
    }
  }

  private static void settleInEachWay(NatsPlace place, Partition gpu, Puller puller)
      throws Exception {
    try (Connection administrator = place.administrator()) {
      settleInEachWay(administrator, gpu, puller);
    }
  }

  private static void settleInEachWay(Connection administrator, Partition gpu, Puller puller)
      throws Exception {
    TestQueues.awaitNoRequest(administrator, "jetlane", "gpu");
    gpu.push(Task.of("low", ""));
    gpu.push(Task.of("high", "").withPriority(1));
    TestQueues.awaitVisible(administrator, "jetlane", "gpu", 2);
    for (String next : List.of("high", "low")) {
      Delivery delivery = puller.pull(1, WAIT).get(0);
      assertThat(delivery.taskId()).isEqualTo(next);
      assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
    }
    TestQueues.awaitNoRequest(administrator, "jetlane", "gpu");
    TestQueues.push(gpu, 100);
    List<Delivery> all = TestQueues.pull(puller, 100);
    assertThat(all.get(0).nak()).isEqualTo(Settlement.SETTLED);
    assertThat(all.get(1).nak(Duration.ofMillis(20))).isEqualTo(Settlement.SETTLED);
    assertThat(all.get(2).deadLetter("as planned")).isEqualTo(Settlement.SETTLED);
    for (Delivery delivery : all.subList(3, 100)) {
      assertThat(delivery.ackAsync().join()).isEqualTo(Settlement.SETTLED);
    }
    assertThat(gpu.deadLetters().list(10)).singleElement().extracting("taskId").isEqualTo("task-2");
    TestQueues.awaitNoRequest(administrator, "jetlane", "gpu");
    assertThat(gpu.deadLetters().redriveOldest(1)).isEqualTo(1);
    List<Delivery> again = TestQueues.pull(puller, 3);
    assertThat(TestQueues.ids(again)).containsExactlyInAnyOrder("task-0", "task-1", "task-2");
    again.forEach(delivery -> assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED));
  }

  /**
   * A server with leaf nodes serves a request up to two seconds after the end of its subscription.
   */
  private static void aWithdrawnPullTakesNothing(TaskQueue queue, String name) throws Exception {
    Partition partition = queue.partition(name);
    try (Puller closed = partition.puller()) {
      CompletableFuture<List<Delivery>> waiting = TestQueues.pullInBackground(closed, WAIT);
      PartitionAdmin admin = queue.admin().partition(name);
      TestQueues.await("a pull that waits", () -> admin.summary().waitingPulls() > 0);
      closed.close();
      assertThatThrownBy(waiting::join).hasRootCauseInstanceOf(QueueClosedException.class);
    }
    partition.push(Task.of("after", ""));
    try (Puller next = partition.puller()) {
      Delivery delivery = next.pull(1, WAIT).get(0);
      assertThat(delivery.attempt()).isEqualTo(1);
      assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
    }
  }

  /** At maxOutstanding a server does not end a request, and serves it after the next settlement. */
  private static void aStalledPullTakesNothing(NatsOptions options) throws Exception {
    QueueConfig two = TestQueues.config().withMaxOutstanding(2);
    try (TaskQueue queue = NatsQueues.connect(options.withQueue(two))) {
      Partition partition = queue.partition("two");
      TestQueues.push(partition, 3);
      PartitionAdmin admin = queue.admin().partition("two");
      TestQueues.await("three tasks", () -> admin.summary().stats().ready() == 3);
      try (Puller puller = partition.puller()) {
        Delivery first = puller.pull(1, WAIT).get(0);
        Delivery second = puller.pull(10, Duration.ZERO).get(0);
        assertThat(first.ack()).isEqualTo(Settlement.SETTLED);
        assertThat(second.ack()).isEqualTo(Settlement.SETTLED);
        Delivery third = puller.pull(1, WAIT).get(0);
        assertThat(third.attempt()).isEqualTo(1);
        assertThat(third.ack()).isEqualTo(Settlement.SETTLED);
      }
    }
  }

  /** Delayed tasks, a worker, and consecutive pullers. */
  private static void delayedAndLater(Partition gpu, Partition other) throws Exception {
    Queue<String> done = new ConcurrentLinkedQueue<>();
    gpu.push(Task.of("now", ""));
    gpu.push(Task.of("later", "").withDelay(Duration.ofMillis(50)));
    gpu.push(Task.of("never", "").withDelay(Duration.ofDays(1)));
    assertThat(gpu.cancel("never")).isTrue();
    try (Worker worker = gpu.work(task -> done.add(task.taskId()), WorkerOptions.concurrency(2))) {
      TestQueues.await("both tasks", () -> done.size() == 2);
      assertThat(worker.health().problems()).isEmpty();
      assertThat(worker.drain(WAIT)).isTrue();
    }
    for (int i = 0; i < 20; i++) {
      other.push(Task.of("more-" + i, ""));
    }
    try (Puller puller = gpu.puller()) {
      assertThat(puller.pull(1, WAIT).get(0).ack()).isEqualTo(Settlement.SETTLED);
    }
    try (Puller puller = other.puller()) {
      assertThat(TestQueues.pull(puller, 1)).hasSize(1);
    }
  }
}
