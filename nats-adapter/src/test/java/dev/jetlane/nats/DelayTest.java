// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.PushOutcome;
import dev.jetlane.QueueFullException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Delayed tasks on a real server, as far as the rules of the kit do not cover them. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class DelayTest {

  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration LONG = Duration.ofSeconds(30);

  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  @Test
  void aDelayedTaskIsDeliveredWhenItIsDueAndNotBefore() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(TestQueues.options(server))) {
      Partition partition = queue.partition("p");
      long before = System.nanoTime();
      Task task =
          Task.of("a/b.c>*", "payload").withHeader("h", "v").withDelay(Duration.ofSeconds(1));
      assertThat(partition.push(task).duplicate()).isFalse();
      assertThat(partition.push(task).duplicate()).isTrue();
      assertThat(partition.push(Task.of("a/b.c>*", "now")).duplicate()).isTrue();
      try (Puller puller = partition.puller()) {
        // The server measures the delay, and the test measures it with another clock.
        List<Delivery> got = puller.pull(5, LONG);
        assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(1_000_000_000L);
        assertThat(TestQueues.ids(got)).containsExactly("a/b.c>*");
        assertThat(got.get(0).attempt()).isEqualTo(1);
        assertThat(got.get(0).headers()).containsOnlyKeys("h");
        assertThat(partition.oldestAge()).isPresent();
        got.get(0).ack();
      }
      TestQueues.await("empty", () -> partition.stats().equals(new Stats(0, 0, 0)));
    }
  }

  @Test
  void aCancelledTaskIsRemovedAndItsIdIsKnown() {
    try (TaskQueue queue = NatsQueues.connect(TestQueues.options(server))) {
      Partition partition = queue.partition("p");
      partition.push(Task.of("x", "").withDelay(HOUR));
      partition.push(Task.of("y", "").withDelay(HOUR));
      assertThat(partition.cancel("x")).isTrue();
      assertThat(partition.cancel("x")).isFalse();
      assertThat(partition.cancel("never-pushed")).isFalse();
      assertThat(partition.stats().delayed()).isEqualTo(1);
      assertThat(partition.push(Task.of("x", "").withDelay(HOUR)).duplicate()).isTrue();
      assertThat(partition.stats().delayed()).isEqualTo(1);
    }
  }

  @Test
  void delayedTasksCountAgainstDelayedPushes() {
    NatsOptions options = TestQueues.options(server).withQueue(TestQueues.config().withMaxTasks(3));
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = queue.partition("p");
      partition.push(Task.of("now", ""));
      List<Task> later = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        later.add(Task.of("later-" + i, "").withDelay(HOUR));
      }
      assertThat(partition.pushAll(later).outcomes())
          .extracting(outcome -> outcome instanceof PushOutcome.Stored)
          .containsExactly(true, true, false);
      assertThatThrownBy(() -> partition.push(Task.of("more", "").withDelay(HOUR)))
          .isInstanceOf(QueueFullException.class);
      assertThat(partition.push(later.get(0)).duplicate()).isTrue();
      assertThat(partition.cancel("later-1")).isTrue();
      assertThat(partition.push(Task.of("more-2", "").withDelay(HOUR)).duplicate()).isFalse();
      TestQueues.awaitStats(partition, new Stats(1, 0, 0, 2, 0));
    }
  }

  @Test
  void aDueTaskOfAFullPartitionWaitsForRoom() throws Exception {
    NatsOptions options = TestQueues.options(server).withQueue(TestQueues.config().withMaxTasks(1));
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = queue.partition("p");
      partition.push(Task.of("later", "").withDelay(Duration.ofSeconds(5)));
      partition.push(Task.of("first", ""));
      try (Puller puller = partition.puller()) {
        Delivery first = puller.pull(1, LONG).get(0);
        assertThat(puller.pull(1, Duration.ofSeconds(7))).isEmpty();
        TestQueues.awaitStats(partition, new Stats(0, 1, 0, 1, 0));
        first.ack();
        assertThat(TestQueues.ids(puller.pull(1, LONG))).containsExactly("later");
      }
    }
  }

  @Test
  void delaysOutliveTheServerAndEveryClient() throws Exception {
    try (NatsServer own = NatsServer.start()) {
      NatsOptions options =
          TestQueues.options(own).withStorage(NatsOptions.Storage.FILE).withUrl(own.url());
      try (TaskQueue queue = NatsQueues.connect(options)) {
        Partition partition = queue.partition("p");
        for (int i = 0; i < 50; i++) {
          partition.push(Task.of("t" + i, "").withDelay(Duration.ofSeconds(3)));
        }
      }
      own.kill();
      own.restart();
      try (TaskQueue queue = NatsQueues.connect(options)) {
        Partition partition = queue.partition("p");
        List<String> ids = new ArrayList<>();
        try (Puller puller = partition.puller()) {
          while (ids.size() < 50) {
            List<Delivery> some = puller.pull(50, LONG);
            assertThat(some).isNotEmpty();
            some.forEach(Delivery::ack);
            ids.addAll(TestQueues.ids(some));
          }
        }
        assertThat(ids).doesNotHaveDuplicates().hasSize(50);
      }
    }
  }

  @Test
  void aMoveToMoreStreamsMovesDelayedTasks() throws Exception {
    NatsOptions one = TestQueues.options(server);
    List<String> names = List.of("p0", "p1", "p2", "p3", "later");
    try (TaskQueue queue = NatsQueues.connect(one)) {
      for (String name : names) {
        queue.partition(name).push(Task.of("soon", name).withDelay(Duration.ofSeconds(3)));
        queue.partition(name).push(Task.of("much-later", name).withDelay(HOUR));
      }
    }
    NatsOptions three = one.withStreams(3);
    assertThat(NatsQueues.spread(three, LONG)).isEqualTo(2L * names.size());
    try (TaskQueue queue = NatsQueues.connect(three)) {
      for (String name : names) {
        Partition partition = queue.partition(name);
        assertThat(partition.cancel("much-later")).isTrue();
        try (Puller puller = partition.puller()) {
          Delivery soon = puller.pull(1, LONG).get(0);
          assertThat(soon.taskId()).isEqualTo("soon");
          assertThat(soon.payload()).asString().isEqualTo(name);
          soon.ack();
        }
        TestQueues.await("empty", () -> partition.stats().equals(new Stats(0, 0, 0)));
      }
    }
  }
}
