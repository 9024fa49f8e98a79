// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.DeadLetter;
import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.provision.ConsumerLoad;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.ServerInfo;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Partitions on several streams, and the migration from one stream. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class StreamMigrationTest {

  private static final int PARTITIONS = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  private static List<String> partitions() {
    return IntStream.range(0, PARTITIONS).mapToObj(i -> "p" + i).toList();
  }

  @Test
  void partitionsOfManyStreamsWorkAsOneQueue() throws Exception {
    NatsOptions options = TestQueues.options(server).withStreams(4);
    try (TaskQueue queue = NatsQueues.connect(options);
        TaskQueue other = NatsQueues.connect(options);
        Connection nc = Jnats.connect(server.url())) {
      for (String name : partitions()) {
        Partition partition = queue.partition(name);
        TestQueues.push(partition, 3);
        assertThat(partition.push(Task.of("task-0", "")).duplicate()).isTrue();
      }
      for (String name : partitions()) {
        try (Puller puller = other.partition(name).puller()) {
          List<Delivery> got = TestQueues.pull(puller, 3);
          assertThat(TestQueues.ids(got)).containsExactly("task-0", "task-1", "task-2");
          got.get(0).ack();
          got.get(1).nak();
          got.get(2).deadLetter("no use");
          assertThat(TestQueues.ids(TestQueues.pull(puller, 1))).containsExactly("task-1");
        }
        assertThat(queue.partition(name).deadLetters().redriveOldest(1)).isEqualTo(1);
        TestQueues.awaitStats(queue.partition(name), new Stats(1, 1, 1, 0, 0));
      }
      assertThat(queue.health()).isEqualTo(Health.up());
      long consumers = 0;
      for (int i = 0; i < 4; i++) {
        List<String> names =
            nc.jetStreamManagement().getConsumerNames(options.layout().streamName(i));
        assertThat(names.remove(PartitionAddress.DELAYED_CONSUMER)).isTrue();
        int index = i;
        assertThat(names).isNotEmpty().allMatch(p -> options.layout().address(p).index == index);
        consumers += names.size();
      }
      assertThat(consumers).isEqualTo(PARTITIONS);
    }
  }

  @Test
  void anotherNumberOfStreamsIsRefused() {
    NatsOptions one = TestQueues.options(server);
    NatsOptions four = TestQueues.options(server).withStreams(4);
    for (NatsOptions options : List.of(one, four)) {
      try (TaskQueue queue = NatsQueues.connect(options)) {
        queue.partition("p1");
      }
      for (int other : new int[] {1, 3, 4, 5}) {
        if (other == options.streams()) {
          continue;
        }
        for (NatsOptions.Provisioning how :
            List.of(NatsOptions.Provisioning.CREATE, NatsOptions.Provisioning.VERIFY)) {
          try (TaskQueue queue =
              NatsQueues.connect(options.withStreams(other).withProvisioning(how))) {
            assertThatThrownBy(() -> queue.partition("p1"))
                .isInstanceOf(ConfigDriftException.class)
                .hasMessageContaining("streams: wanted " + other + ", is " + options.streams());
          }
        }
      }
    }
  }

  @Test
  void tooManyPartitionsOnOneStreamAreReported() throws Exception {
    NatsOptions options = TestQueues.options(server);
    try (TaskQueue queue = NatsQueues.connect(options);
        Connection nc = Jnats.connect(server.url())) {
      boolean costs = nc.getServerInfo().isSameOrNewerThanVersion("2.12.5");
      IntStream.range(0, ConsumerLoad.GOOD_FOR_A_STREAM).forEach(i -> queue.partition("p" + i));
      assertThat(queue.health()).isEqualTo(Health.up());
      try (TaskQueue another = NatsQueues.connect(options)) {
        another.partition("p0");
        assertThat(another.health()).isEqualTo(Health.up());
      }
      queue.partition("one-more");
      Health health = queue.health();
      assertThat(health.ready()).isTrue();
      assertThat(health.problems()).hasSize(costs ? 1 : 0);
      assertThat(health.problems())
          .allMatch(text -> text.contains("17 partitions") && text.contains("withStreams"));
    }
    try (TaskQueue another = NatsQueues.connect(options)) {
      another.partition("p0");
      assertThat(another.health().problems()).hasSameSizeAs(warningsFor(17));
    }
  }

  private static List<String> warningsFor(int consumers) throws Exception {
    try (Connection nc = Jnats.connect(server.url())) {
      ServerInfo info = nc.getServerInfo();
      List<String> told = new ArrayList<>();
      ConsumerLoad load = new ConsumerLoad(info, told::add);
      load.opened(NatsOptions.defaults().layout().address("p"));
      load.counted("jetlane", consumers);
      assertThat(told).isEqualTo(load.warnings());
      return told;
    }
  }

  @Test
  void aQueueMovesFromOneStreamToManyAndLosesNothing() throws Exception {
    NatsOptions one = TestQueues.options(server).withQueue(TestQueues.config());
    NatsOptions many = one.withStreams(4);
    Set<String> expected = new TreeSet<>();
    try (TaskQueue old = NatsQueues.connect(one)) {
      for (String name : partitions()) {
        TestQueues.push(old.partition(name), 5);
        try (Puller puller = old.partition(name).puller()) {
          List<Delivery> got = TestQueues.pull(puller, 3);
          got.get(0).ack();
          got.get(1).nak();
          got.get(2).nak(Duration.ofSeconds(1));
        }
        IntStream.range(1, 5).forEach(i -> expected.add(name + "/task-" + i));
      }
      old.partition("p0").push(Task.of("with-header", "payload").withHeader("a", "b"));
      expected.add("p0/with-header");
      Partition held = old.partition("held");
      TestQueues.push(held, 2);
      expected.add("held/task-1");
      try (Puller puller = held.puller()) {
        Delivery delivery = puller.pull(1, Duration.ofSeconds(10)).get(0);
        assertThatThrownBy(() -> NatsQueues.spread(many, Duration.ofSeconds(3)))
            .isInstanceOf(OutcomeUnknownException.class)
            .hasMessageContainingAll("held", "run the move again");
        // Half migrated: no client can connect, so no task is stored where no worker looks.
        expectMoving(one);
        expectMoving(many);
        assertThatThrownBy(() -> old.partition("new")).isInstanceOf(ConfigDriftException.class);
        assertThatThrownBy(() -> held.push(Task.of("late", "")))
            .isInstanceOf(QueueUnavailableException.class)
            .hasMessageContaining("no responders");
        delivery.ack();
      }
      NatsQueues.spread(many, PATIENCE);
      assertThat(NatsQueues.spread(many, PATIENCE)).isZero();
      assertThatThrownBy(() -> NatsQueues.spread(one.withStreams(5), PATIENCE))
          .isInstanceOf(ConfigDriftException.class);
    }
    try (TaskQueue queue = NatsQueues.connect(many)) {
      List<String> found = new ArrayList<>();
      for (String name : partitions()) {
        found.addAll(drain(queue.partition(name)));
      }
      found.addAll(drain(queue.partition("held")));
      assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  private static List<String> drain(Partition partition) throws Exception {
    List<String> found = new ArrayList<>();
    try (Puller puller = partition.puller()) {
      for (long left = partition.stats().ready(); left > 0; ) {
        for (Delivery delivery : puller.pull(100, Duration.ofSeconds(10))) {
          if (delivery.taskId().equals("with-header")) {
            assertThat(delivery.headers()).containsEntry("a", "b").hasSize(1);
            assertThat(new String(delivery.payload(), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("payload");
          }
          // The migration keeps the id, so a repeated push is a duplicate.
          assertThat(partition.push(Task.of(delivery.taskId(), "")).duplicate()).isTrue();
          delivery.ack();
          found.add(partition.name() + "/" + delivery.taskId());
          left--;
        }
      }
    }
    TestQueues.awaitStats(partition, new Stats(0, 0, 0));
    return found;
  }

  private static void expectMoving(NatsOptions options) {
    try (TaskQueue queue = NatsQueues.connect(options)) {
      assertThatThrownBy(() -> queue.partition("p1"))
          .isInstanceOf(ConfigDriftException.class)
          .hasMessageContaining("is being moved");
    }
  }

  @Test
  void tasksOfAnUnopenedPartitionAreMoved() throws Exception {
    NatsOptions one = TestQueues.options(server);
    NatsOptions many = one.withStreams(3);
    try (TaskQueue queue = NatsQueues.connect(one);
        Connection nc = Jnats.connect(server.url())) {
      queue.partition("p0");
      nc.jetStream()
          .publish(
              one.layout().address("orphan").subject,
              "from elsewhere".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      assertThat(NatsQueues.spread(many, PATIENCE)).isEqualTo(1);
    }
    try (TaskQueue queue = NatsQueues.connect(many);
        Puller puller = queue.partition("orphan").puller()) {
      assertThat(puller.pull(1, Duration.ofSeconds(10)))
          .singleElement()
          .satisfies(d -> assertThat(d.payload()).asString().isEqualTo("from elsewhere"));
    }
  }

  @Test
  void deadlinesMoveWithTheirTasks() throws Exception {
    NatsOptions one = TestQueues.options(server);
    NatsOptions many = one.withStreams(3);
    Duration delay = Duration.ofMillis(300);
    try (TaskQueue queue = NatsQueues.connect(one)) {
      Partition partition = queue.partition("p0");
      partition.push(Task.of("ready", "").withDeadline(Instant.now()));
      // The task becomes due and is handed out after more than a microsecond.
      partition.push(
          Task.of("delayed", "").withDelay(delay).withTimeToLive(delay.plusNanos(1_000)));
    }
    assertThat(NatsQueues.spread(many, PATIENCE)).isEqualTo(2);
    try (TaskQueue queue = NatsQueues.connect(many);
        Puller puller = queue.partition("p0").puller()) {
      Partition partition = queue.partition("p0");
      while (partition.deadLetters().list(2).size() < 2) {
        assertThat(puller.pull(1, Duration.ofSeconds(1))).isEmpty();
      }
      assertThat(partition.deadLetters().list(2))
          .extracting(DeadLetter::taskId, DeadLetter::reason)
          .containsExactlyInAnyOrder(
              tuple("ready", DeadLetter.EXPIRED), tuple("delayed", DeadLetter.EXPIRED));
    }
  }

  @Test
  void aDelayedTaskOfAnotherClientIsMoved() throws Exception {
    NatsOptions one = TestQueues.options(server);
    NatsOptions many = one.withStreams(3);
    try (TaskQueue queue = NatsQueues.connect(one);
        Connection nc = Jnats.connect(server.url())) {
      Partition partition = queue.partition("p0");
      Headers delay = new Headers().put(WireHeaders.DELAY, "PT1H");
      nc.jetStream()
          .publish(one.layout().address("p0").delayedSubject("other"), delay, new byte[0]);
      partition.push(Task.of("cancelled", "").withDelay(Duration.ofHours(1)));
      assertThat(partition.cancel("cancelled")).isTrue();
    }
    assertThat(NatsQueues.spread(many, PATIENCE)).isEqualTo(1);
    try (TaskQueue queue = NatsQueues.connect(many)) {
      assertThat(queue.partition("p0").stats().delayed()).isEqualTo(1);
    }
  }

  /** An id can be pushed again after the dedup window, while the first task waits. */
  @Test
  void tasksWithTheSameIdAreAllMoved() throws Exception {
    Duration window = Duration.ofSeconds(1);
    NatsOptions one =
        TestQueues.options(server).withQueue(TestQueues.config().withDedupWindow(window));
    NatsOptions many = one.withStreams(2);
    String name = partitionOfTheSecondStream(many);
    try (TaskQueue queue = NatsQueues.connect(one)) {
      Partition partition = queue.partition(name);
      Duration hour = Duration.ofHours(1);
      for (Task task :
          List.of(Task.of("same", ""), Task.of("same", ""), Task.of("same", "").withDelay(hour))) {
        TestQueues.await("the end of the window", () -> !partition.push(task).duplicate());
      }
      partition.push(Task.of("other", ""));
    }
    assertThat(NatsQueues.spread(many, PATIENCE)).isEqualTo(4);
    try (TaskQueue queue = NatsQueues.connect(many)) {
      TestQueues.awaitStats(queue.partition(name), new Stats(3, 0, 0, 1, 0));
    }
  }

  /** The error must not promise that the queue is unchanged. */
  @Test
  void aMoveThatLosesItsServerIsHalfDone() throws Exception {
    NatsOptions one = TestQueues.options(server).withQueue(TestQueues.config());
    NatsOptions many = one.withStreams(2);
    try (TaskQueue old = NatsQueues.connect(one);
        Connection nc = Jnats.connect(server.url());
        FaultProxy proxy = FaultProxy.to(server.url(), 1)) {
      Partition held = old.partition("held");
      TestQueues.push(held, 1);
      Puller puller = held.puller();
      Delivery delivery = TestQueues.pull(puller, 1).get(0);
      NatsOptions behind = many.withUrl(proxy.url()).withRequestTimeout(Duration.ofSeconds(2));
      CompletableFuture<Long> move = new CompletableFuture<>();
      Thread mover =
          new Thread(
              () -> {
                try {
                  move.complete(NatsQueues.spread(behind, Duration.ofMinutes(5)));
                } catch (Exception e) {
                  move.completeExceptionally(e);
                }
              });
      mover.start();
      // The new stream exists, and the lease delays the rest of the migration.
      TestQueues.await("the move", () -> exists(nc, many.layout().streamName(1)));
      proxy.refuse(true);
      proxy.reset();
      assertThatThrownBy(() -> move.get(2, TimeUnit.MINUTES))
          .hasCauseInstanceOf(OutcomeUnknownException.class)
          // The connection may break before the answer to the creation arrives.
          .hasMessageMatching("(?s).*(done in part|create stream .* before an answer).*");
      mover.join();
      delivery.ack();
      assertThat(NatsQueues.spread(many, PATIENCE)).isZero();
      expectMoved(many);
    }
  }

  private static boolean exists(Connection nc, String stream) {
    try {
      return nc.jetStreamManagement().getStreamNames().contains(stream);
    } catch (IOException | JetStreamApiException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void expectMoved(NatsOptions options) {
    try (TaskQueue queue = NatsQueues.connect(options)) {
      TestQueues.awaitStats(queue.partition("held"), new Stats(0, 0, 0));
    }
  }

  @Test
  void aMissingQueueCannotBeMoved() {
    NatsOptions options = TestQueues.options(server).withStreams(3);
    assertThatThrownBy(() -> NatsQueues.spread(options, PATIENCE))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining(options.stream());
  }

  private static String partitionOfTheSecondStream(NatsOptions options) {
    return partitions().stream()
        .filter(p -> options.layout().address(p).index == 1)
        .findFirst()
        .orElseThrow();
  }

  /** The tasks that do not fit stay in their place until the next migration. */
  @Test
  void aFullTargetStreamLosesNothing() throws Exception {
    int tasks = 20;
    NatsOptions one = TestQueues.options(server).withQueue(TestQueues.config().withMaxTasks(tasks));
    NatsOptions many = one.withStreams(2).withDriftPolicy(NatsOptions.DriftPolicy.ACCEPT);
    NatsOptions small = many.withQueue(TestQueues.config().withMaxTasks(5));
    String name = partitionOfTheSecondStream(many);
    try (TaskQueue old = NatsQueues.connect(one);
        Connection nc = Jnats.connect(server.url())) {
      TestQueues.push(old.partition(name), tasks);
      assertThatThrownBy(() -> NatsQueues.spread(small, Duration.ofSeconds(3)))
          .isInstanceOf(QueueFullException.class);
      long left = 0;
      for (String stream : List.of(one.stream(), many.layout().streamName(1))) {
        left += nc.jetStreamManagement().getStreamInfo(stream).getStreamState().getMsgCount();
      }
      assertThat(left).isGreaterThanOrEqualTo(tasks);
      StreamConfiguration full =
          nc.jetStreamManagement().getStreamInfo(many.layout().streamName(1)).getConfiguration();
      nc.jetStreamManagement()
          .updateStream(StreamConfiguration.builder(full).maxMessagesPerSubject(tasks).build());
    }
    NatsQueues.spread(many, PATIENCE);
    try (TaskQueue queue = NatsQueues.connect(many)) {
      assertThat(drain(queue.partition(name))).hasSize(tasks);
    }
  }

  /** The new streams would have other settings than the old one. */
  @Test
  void aQueueWithOtherSettingsIsNotMoved() throws Exception {
    NatsOptions many = TestQueues.options(server).withStreams(2);
    NatsOptions one =
        many.withStreams(1).withQueue(TestQueues.config().withDedupWindow(Duration.ofSeconds(77)));
    try (TaskQueue old = NatsQueues.connect(one);
        Connection nc = Jnats.connect(server.url())) {
      old.partition("p").push(Task.of("a", ""));
      assertThatThrownBy(() -> NatsQueues.spread(many, PATIENCE))
          .isInstanceOf(ConfigDriftException.class)
          .hasMessageContaining("dedup window");
      StreamConfiguration main =
          nc.jetStreamManagement().getStreamInfo(one.stream()).getConfiguration();
      assertThat(main.getDescription()).isNull();
      assertThat(nc.jetStreamManagement().getStreamNames())
          .contains(one.stream())
          .doesNotContain(many.layout().streamName(1));
      old.partition("p").push(Task.of("b", ""));
    }
  }

  /** The queue is marked as being moved until the last delayed task has its new place. */
  @Test
  void aDelayedTaskThatDoesNotFitIsMovedByTheNextRun() throws Exception {
    NatsOptions one = TestQueues.options(server).withQueue(TestQueues.config());
    NatsOptions many = one.withStreams(2).withDriftPolicy(NatsOptions.DriftPolicy.ACCEPT);
    String second = many.layout().streamName(1);
    String name = partitionOfTheSecondStream(many);
    try (TaskQueue old = NatsQueues.connect(one);
        Connection nc = Jnats.connect(server.url())) {
      Task large = Task.of("large", new byte[20_000]).withDelay(Duration.ofHours(1));
      old.partition(name).push(large);
      assertThatThrownBy(() -> NatsQueues.spread(many.withMaxBytes(10_000), PATIENCE))
          .isInstanceOf(QueueFullException.class);
      expectMoving(many);
      StreamConfiguration full = nc.jetStreamManagement().getStreamInfo(second).getConfiguration();
      nc.jetStreamManagement().updateStream(StreamConfiguration.builder(full).maxBytes(-1).build());
    }
    assertThat(NatsQueues.spread(many, PATIENCE)).isEqualTo(1);
    try (TaskQueue queue = NatsQueues.connect(many)) {
      TestQueues.awaitStats(queue.partition(name), new Stats(0, 0, 0, 1, 0));
    }
  }
}
