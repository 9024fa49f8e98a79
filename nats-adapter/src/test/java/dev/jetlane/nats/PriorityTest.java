// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.nats.NatsOptions.DriftPolicy;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.ConsumerConfiguration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Priorities on a server; the PRIO rules define their meaning. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(240)
class PriorityTest {

  /** No lease ends while a test runs. */
  private static final QueueConfig THREE =
      QueueConfig.defaults().withLease(Duration.ofMinutes(10)).withPriorities(3);

  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  private static NatsOptions options() {
    return TestQueues.options(server).withQueue(THREE);
  }

  private static Task task(String id, int priority) {
    return Task.of(id, "").withPriority(priority);
  }

  /** As after a deletion that lost its connection: the consumers are deleted first. */
  @Test
  void tasksOfPrioritiesWithoutConsumersAreDeleted() throws Exception {
    NatsOptions options = options();
    try (Connection nc = Jnats.connect(server.url());
        TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = queue.partition("p");
      partition.push(task("low", 0));
      partition.push(task("high", 2));
      for (PartitionAddress each : options.layout().addresses("p")) {
        nc.jetStreamManagement().deleteConsumer(each.stream, each.consumer);
      }
      queue.admin().partition("p").deleteWithTasks();
      assertThat(queue.admin().partitions()).isEmpty();
    }
  }

  @Test
  void priorityZeroIsAPartitionWithoutPriorities() throws Exception {
    NatsOptions options = options();
    NatsOptions plain = TestQueues.options(server).withQueue(THREE.withPriorities(1));
    try (Connection nc = Jnats.connect(server.url());
        TaskQueue queue = NatsQueues.connect(options);
        TaskQueue without = NatsQueues.connect(plain)) {
      queue.partition("p");
      without.partition("p");
      JetStreamManagement management = nc.jetStreamManagement();
      assertThat(management.getConsumerNames(options.stream()))
          .containsExactlyInAnyOrder("p", "p@1", "p@2", PartitionAddress.DELAYED_CONSUMER);
      assertThat(management.getConsumerNames(plain.stream()))
          .containsExactlyInAnyOrder("p", PartitionAddress.DELAYED_CONSUMER);
      ConsumerConfiguration zero = consumer(management, options, "p");
      ConsumerConfiguration one = consumer(management, options, "p@1");
      assertThat(zero.getFilterSubject()).isEqualTo(options.stream() + ".p");
      assertThat(zero.getDescription()).isEqualTo("jetlane priorities: 3");
      assertThat(one.getFilterSubject()).isEqualTo(options.stream() + ".p.@priority.1");
      assertThat(one.getAckWait()).isEqualTo(zero.getAckWait());
      assertThat(consumer(management, plain, "p").getDescription()).isNull();
    }
  }

  private static ConsumerConfiguration consumer(
      JetStreamManagement management, NatsOptions options, String name) throws Exception {
    return management.getConsumerInfo(options.stream(), name).getConsumerConfiguration();
  }

  @Test
  void theNumberCanBeRaisedAndNotLowered() throws Exception {
    NatsOptions two = options().withQueue(THREE.withPriorities(2));
    NatsOptions three = two.withQueue(THREE);
    try (TaskQueue queue = NatsQueues.connect(two)) {
      queue.partition("p").push(task("old", 1));
    }
    for (DriftPolicy refusing : List.of(DriftPolicy.FAIL, DriftPolicy.ACCEPT)) {
      try (TaskQueue queue = NatsQueues.connect(three.withDriftPolicy(refusing))) {
        assertThatThrownBy(() -> queue.partition("p"))
            .isInstanceOf(ConfigDriftException.class)
            .hasMessageContaining("priorities: wanted 3, is 2");
      }
    }
    try (TaskQueue queue = NatsQueues.connect(three.withDriftPolicy(DriftPolicy.UPDATE))) {
      queue.partition("p").push(task("new", 2));
      TestQueues.awaitVisible(server, three, "p", 2);
    }
    try (TaskQueue queue = NatsQueues.connect(three);
        Puller puller = queue.partition("p").puller()) {
      assertThat(TestQueues.ids(TestQueues.pull(puller, 2))).containsExactly("new", "old");
    }
    for (DriftPolicy policy : DriftPolicy.values()) {
      try (TaskQueue queue = NatsQueues.connect(two.withDriftPolicy(policy))) {
        assertThatThrownBy(() -> queue.partition("p")).isInstanceOf(ConfigDriftException.class);
      }
    }
  }

  /** With a lease of ten minutes a lost task is noticed. */
  @Test
  void withdrawnRequestsKeepNoTask() throws Exception {
    int rounds = 40;
    try (TaskQueue queue = NatsQueues.connect(options())) {
      Partition partition = queue.partition("p");
      try (Puller puller = partition.puller();
          Puller other = partition.puller()) {
        for (int round = 0; round < rounds; round++) {
          CompletableFuture<List<Delivery>> pulled = pullOne(puller);
          List<Task> tasks = new ArrayList<>();
          for (int priority = 0; priority < 3; priority++) {
            tasks.add(task(round + "-" + priority, priority));
          }
          partition.pushAll(tasks).requireAllStored();
          List<Delivery> got = new ArrayList<>(pulled.get());
          assertThat(got).hasSize(1);
          got.addAll(TestQueues.pull(round % 2 == 0 ? puller : other, 2));
          assertThat(TestQueues.ids(got))
              .containsExactlyInAnyOrderElementsOf(tasks.stream().map(Task::id).toList());
          got.forEach(Delivery::ack);
        }
        TestQueues.await("an empty partition", () -> partition.stats().backlog() == 0);
      }
    }
  }

  private static CompletableFuture<List<Delivery>> pullOne(Puller puller) {
    CompletableFuture<List<Delivery>> pull = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                pull.complete(puller.pull(1, Duration.ofSeconds(60)));
              } catch (Throwable e) {
                pull.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    TestQueues.await("waiting", () -> thread.getState() == Thread.State.TIMED_WAITING);
    return pull;
  }

  /** The requests at the other priorities would take tasks of other clients. */
  @Test
  void anIdlePullerTakesNothingAfterItsFirstTask() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(options())) {
      Partition partition = queue.partition("p");
      try (Puller idle = partition.puller();
          Puller other = partition.puller()) {
        CompletableFuture<List<Delivery>> pulled = pullOne(idle);
        partition.push(task("first", 0));
        assertThat(TestQueues.ids(pulled.get())).containsExactly("first");
        partition.push(task("high", 2));
        partition.push(task("middle", 1));
        partition.push(task("low", 0));
        List<Delivery> got = TestQueues.pull(other, 3);
        assertThat(TestQueues.ids(got)).containsExactlyInAnyOrder("high", "middle", "low");
        assertThat(got).allMatch(delivery -> delivery.attempt() == 1);
      }
    }
  }

  /** With a lease of ten minutes a lost task is noticed. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  void anIdleWorkerHandlesConcurrentTasksOfAllPriorities(int handlers) {
    Set<String> handled = new ConcurrentSkipListSet<>();
    try (TaskQueue queue = NatsQueues.connect(options())) {
      Partition partition = queue.partition("p");
      Worker unused =
          partition.work(
              delivery -> handled.add(delivery.taskId()), WorkerOptions.concurrency(handlers));
      for (int round = 0; round < 30; round++) {
        List<Task> tasks = new ArrayList<>();
        for (int priority = 0; priority < 3; priority++) {
          tasks.add(task(round + "-" + priority, priority));
        }
        partition.pushAll(tasks).requireAllStored();
        int all = 3 * (round + 1);
        TestQueues.await("every task", () -> handled.size() == all);
      }
      TestQueues.await("an empty partition", () -> partition.stats().backlog() == 0);
    }
  }

  @Test
  void severalPullersShareAllPriorities() throws Exception {
    int tasks = 600;
    try (TaskQueue queue = NatsQueues.connect(options().withQueue(THREE.withLowEvery(4)))) {
      Partition partition = queue.partition("p");
      Set<String> acked = new ConcurrentSkipListSet<>();
      List<CompletableFuture<Void>> workers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        int size = 1 + 3 * i;
        workers.add(
            CompletableFuture.runAsync(
                () -> ackAll(partition, size, acked, tasks), run -> new Thread(run).start()));
      }
      for (int i = 0; i < tasks; i++) {
        CompletableFuture<?> push = partition.pushAsync(task("task-" + i, i % 3));
        if (i % 20 == 0) {
          push.join();
        }
      }
      workers.forEach(CompletableFuture::join);
      assertThat(acked).hasSize(tasks);
      TestQueues.await("an empty partition", () -> partition.stats().backlog() == 0);
    }
  }

  private static void ackAll(Partition partition, int size, Set<String> acked, int tasks) {
    long until = System.nanoTime() + TestQueues.SOON.toNanos();
    try (Puller puller = partition.puller()) {
      while (acked.size() < tasks && System.nanoTime() - until < 0) {
        for (Delivery delivery : puller.pull(size, Duration.ofMillis(500))) {
          TestQueues.ack(delivery);
          acked.add(delivery.taskId());
        }
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anInterruptedWaitKeepsNoTask() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(options());
        Puller puller = queue.partition("p").puller()) {
      CompletableFuture<Throwable> ended = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                try {
                  ended.complete(new AssertionError("" + puller.pull(1, Duration.ofSeconds(60))));
                } catch (Throwable e) {
                  ended.complete(e);
                }
              });
      thread.start();
      TestQueues.await("waiting", () -> thread.getState() == Thread.State.TIMED_WAITING);
      thread.interrupt();
      assertThat(ended.get()).isInstanceOf(InterruptedException.class);
      queue.partition("p").push(task("task", 1));
      Delivery delivery = TestQueues.pull(puller, 1).get(0);
      assertThat(delivery.attempt()).isEqualTo(1);
    }
  }

  @Test
  void aMoveToManyStreamsMovesAllPriorities() throws Exception {
    NatsOptions one = options();
    NatsOptions four = one.withStreams(4);
    List<String> partitions = List.of("a", "b", "c", "d", "e");
    try (TaskQueue queue = NatsQueues.connect(one)) {
      for (String name : partitions) {
        Partition partition = queue.partition(name);
        for (int priority = 0; priority < 3; priority++) {
          partition.push(task("task-" + priority, priority));
          partition.push(task("more-" + priority, priority));
        }
        partition.push(task("later", 2).withDelay(Duration.ofHours(1)));
        partition.push(task("dead", 1));
      }
      try (Puller puller = queue.partition("a").puller()) {
        for (Delivery delivery : TestQueues.pull(puller, 5)) {
          if (delivery.taskId().equals("dead")) {
            delivery.deadLetter("no");
          } else {
            delivery.nak();
          }
        }
      }
    }
    assertThat(NatsQueues.spread(four, Duration.ofSeconds(30))).isEqualTo(39);
    try (TaskQueue queue = NatsQueues.connect(four)) {
      for (String name : partitions) {
        Partition partition = queue.partition(name);
        partition.deadLetters().redriveOldest(1);
        TestQueues.awaitStats(partition, new Stats(7, 0, 0, 1, 0));
        TestQueues.awaitVisible(server, four, name, 7);
        assertThat(partition.cancel("later")).isTrue();
        try (Puller puller = partition.puller()) {
          List<String> ids = TestQueues.ids(TestQueues.pull(puller, 7));
          assertThat(ids).startsWith("task-2", "more-2").endsWith("task-0", "more-0");
          assertThat(ids.subList(2, 5)).containsExactlyInAnyOrder("task-1", "more-1", "dead");
        }
      }
    }
  }

  @Test
  void aMissingPriorityIsAnError() throws Exception {
    NatsOptions options = options().withRequestTimeout(Duration.ofSeconds(2));
    try (Connection nc = Jnats.connect(server.url());
        TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = TestQueues.opened(queue, "p");
      try (Puller puller = partition.puller()) {
        nc.jetStreamManagement().deleteConsumer(options.stream(), "p@1");
        assertThatThrownBy(() -> puller.pull(1, Duration.ofSeconds(1)))
            .isInstanceOf(QueueUnavailableException.class);
        TestQueues.await("the priority", () -> pulls(puller));
        assertThat(partition.stats().backlog()).isZero();
        assertThat(queue.health()).isEqualTo(Health.up());
        TestQueues.pushed(partition, task("task", 1));
        assertThat(TestQueues.pull(puller, 1)).hasSize(1);
      }
    }
  }

  private static boolean pulls(Puller puller) {
    try {
      return puller.pull(1, Duration.ZERO).isEmpty();
    } catch (QueueUnavailableException notYet) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void armonikHasNoPriorities() {
    assertThatThrownBy(() -> NatsOptions.armonik().withQueue(THREE))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("priorities");
  }

  @Test
  void theOrderHoldsForBatchesOfAHundred() throws Exception {
    NatsOptions options = options();
    try (TaskQueue queue = NatsQueues.connect(options);
        Puller puller = queue.partition("p").puller()) {
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        tasks.add(task("task-" + i, i % 3));
      }
      queue.partition("p").pushAll(tasks).requireAllStored();
      TestQueues.awaitVisible(server, options, "p", 300);
      Set<String> seen = new TreeSet<>();
      for (int priority = 2; priority >= 0; priority--) {
        int at = priority;
        List<String> ids = TestQueues.ids(TestQueues.pull(puller, 100));
        assertThat(ids)
            .containsExactlyElementsOf(
                tasks.stream().filter(t -> t.priority() == at).map(Task::id).toList());
        seen.addAll(ids);
      }
      assertThat(seen).hasSize(300);
    }
  }

  @Test
  void aPurgeRemovesTheTasksOfEachPriority() throws Exception {
    try (NatsServer own = NatsServer.start();
        TaskQueue queue =
            NatsQueues.connect(
                TestQueues.options(own).withQueue(TestQueues.config().withPriorities(3)))) {
      Partition partition = queue.partition("p");
      for (int priority = 0; priority < 3; priority++) {
        TestQueues.pushed(partition, Task.of("t" + priority, "").withPriority(priority));
      }
      assertThat(queue.admin().partition("p").purge()).isEqualTo(3);
      TestQueues.awaitReady(partition, 0);
    }
  }
}
