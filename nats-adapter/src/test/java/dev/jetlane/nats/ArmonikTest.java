// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Message;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Jetlane and ArmoniK's own adapter on one stream. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class ArmonikTest {

  private static final Duration WAIT = Duration.ofSeconds(20);

  // The name of the stream is fixed, so each test has its own server.
  private NatsServer server;
  private ForeignAdapter peer;

  @BeforeEach
  void start() throws Exception {
    server = NatsServer.start();
    peer = new ForeignAdapter(server.url());
  }

  @AfterEach
  void stop() throws Exception {
    peer.close();
    server.close();
  }

  private NatsOptions options() {
    return NatsOptions.armonik()
        .withUrl(server.url())
        .withRequestTimeout(TestQueues.REQUEST_TIMEOUT);
  }

  private static String text(Message message) {
    return new String(message.getData(), StandardCharsets.UTF_8);
  }

  /** A stored task is counted immediately, although pulls may see it later. */
  private static List<String> drain(Partition partition) throws Exception {
    List<String> ids = new ArrayList<>();
    try (Puller puller = partition.puller()) {
      while (partition.stats().backlog() > 0) {
        for (Delivery delivery : puller.pull(50, Duration.ofSeconds(1))) {
          ids.add(delivery.taskId());
          delivery.ack();
        }
      }
    }
    return ids;
  }

  @Test
  void joinsAStreamThatThePeerMade() throws Exception {
    peer.push("gpu", List.of("a", "b"));
    assertThat(peer.pull("gpu", 1, WAIT)).singleElement().satisfies(Message::ack);
    try (TaskQueue queue = NatsQueues.connect(options())) {
      Partition gpu = queue.partition("gpu");
      gpu.push(Task.of("from-java", ""));
      assertThat(gpu.push(Task.of("from-java", "from-java")).duplicate()).isTrue();
      assertThat(drain(gpu)).containsExactly("b", "from-java");
      // A partition that the peer does not know yet.
      queue.partition("cpu").push(Task.of("c", ""));
      assertThat(peer.subjects()).containsExactlyInAnyOrder("gpu", "cpu");
      Message c = peer.pull("cpu", 1, WAIT).get(0);
      assertThat(text(c)).isEqualTo("c");
      assertThat(c.getSubject()).isEqualTo("cpu");
      assertThat(c.getHeaders().getFirst("Nats-Msg-Id")).isNotEmpty();
      c.ack();
    }
  }

  @Test
  void thePeerJoinsAStreamThatJetlaneMade() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(options())) {
      Partition gpu = queue.partition("gpu");
      gpu.push(Task.of("a", ""));
      peer.push("gpu", List.of("b"));
      peer.push("other", List.of("c"));
      assertThat(peer.subjects()).containsExactlyInAnyOrder("gpu", "other");
      List<String> got = new ArrayList<>();
      for (Message message : peer.pull("gpu", 2, WAIT)) {
        got.add(text(message));
        message.nak();
      }
      assertThat(got).containsExactly("a", "b");
      assertThat(drain(gpu)).containsExactlyInAnyOrder("a", "b");
      assertThat(drain(queue.partition("other"))).containsExactly("c");
    }
  }

  @Test
  void aTaskOfAProducerWithoutHeadersIsATask() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(options())) {
      Partition gpu = queue.partition("gpu");
      peer.pushBare("gpu", "task-é");
      peer.pushBare("gpu", "plain");
      try (Puller puller = gpu.puller()) {
        List<Delivery> got = TestQueues.pull(puller, 2);
        // Jetlane allows no such id; the task exists anyway.
        assertThat(got.get(0).taskId()).startsWith("seq-");
        assertThat(new String(got.get(0).payload(), StandardCharsets.UTF_8)).isEqualTo("task-é");
        assertThat(got.get(1).taskId()).isEqualTo("plain");
        assertThat(got.get(1).headers()).isEmpty();
        got.forEach(Delivery::ack);
      }
    }
  }

  @Test
  void aPayloadOfItsOwnIsRefused() {
    try (TaskQueue queue = NatsQueues.connect(options())) {
      Partition gpu = queue.partition("gpu");
      Task task = Task.of("a", "something else");
      assertThatThrownBy(() -> gpu.push(task)).isInstanceOf(InvalidInputException.class);
      assertThatThrownBy(() -> gpu.pushAll(List.of(Task.of("b", ""), task)))
          .isInstanceOf(InvalidInputException.class);
      TestQueues.awaitStats(gpu, new Stats(0, 0, 0));
    }
  }

  @Test
  void aDeadlineIsRefused() {
    try (TaskQueue queue = NatsQueues.connect(options())) {
      Partition gpu = queue.partition("gpu");
      Task task = Task.of("a", "").withTimeToLive(Duration.ofMinutes(1));
      assertThatThrownBy(() -> gpu.push(task))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("ArmoniK's workers ignore it");
      TestQueues.awaitStats(gpu, new Stats(0, 0, 0));
    }
  }

  @Test
  void aPushRestoresASubjectThatThePeerRemoved() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(options())) {
      Partition gpu = queue.partition("gpu");
      queue.partition("cpu");
      gpu.push(Task.of("kept", ""));
      peer.dropSubject("gpu");
      gpu.push(Task.of("one", ""));
      peer.dropSubject("gpu");
      assertThat(gpu.pushAll(List.of(Task.of("two", ""), Task.of("three", ""))).allStored())
          .isTrue();
      peer.dropSubject("gpu");
      gpu.pushAsync(Task.of("four", "")).get(60, TimeUnit.SECONDS);
      assertThat(peer.subjects()).containsExactlyInAnyOrder("gpu", "cpu");
      assertThat(drain(gpu)).containsExactlyInAnyOrder("kept", "one", "two", "three", "four");
    }
  }

  /**
   * Both sides add partitions, push and pull at the same time; each confirmed task is delivered.
   */
  @Test
  void nothingIsLostWhenBothAddPartitionsAtTheSameTime() throws Exception {
    int sides = 4;
    int partitions = 5;
    Set<String> confirmed = new ConcurrentSkipListSet<>();
    CyclicBarrier barrier = new CyclicBarrier(2 * sides);
    ExecutorService pool = Executors.newFixedThreadPool(2 * sides);
    List<Callable<Void>> work = new ArrayList<>();
    for (int side = 0; side < sides; side++) {
      String java = "java" + side;
      String sharp = "sharp" + side;
      work.add(
          () -> {
            try (TaskQueue queue = NatsQueues.connect(options())) {
              for (int i = 0; i < partitions; i++) {
                barrier.await(120, TimeUnit.SECONDS);
                Partition partition = queue.partition(i % 2 == 0 ? "shared" + i : java + i);
                partition.pushAll(List.of(Task.of(java + "-" + i, ""))).requireAllStored();
                confirmed.add(partition.name() + "/" + java + "-" + i);
              }
            }
            return null;
          });
      work.add(
          () -> {
            try (ForeignAdapter adapter = new ForeignAdapter(server.url())) {
              for (int i = 0; i < partitions; i++) {
                barrier.await(120, TimeUnit.SECONDS);
                String partition = i % 2 == 0 ? "shared" + i : sharp + i;
                try {
                  adapter.push(partition, List.of(sharp + "-" + i));
                  confirmed.add(partition + "/" + sharp + "-" + i);
                } catch (java.io.IOException | io.nats.client.JetStreamApiException e) {
                  // Another peer removed its subject, and the caller received an error.
                }
              }
            }
            return null;
          });
    }
    for (Future<Void> done : pool.invokeAll(work)) {
      done.get();
    }
    pool.shutdown();
    assertThat(confirmed).hasSizeGreaterThanOrEqualTo(sides * partitions);
    assertThat(drainAll(confirmed)).containsAll(confirmed);
  }

  /** Returns the tasks of the partitions with a confirmed push. */
  private Set<String> drainAll(Set<String> confirmed) throws Exception {
    Set<String> out = new TreeSet<>();
    Set<String> names = new TreeSet<>();
    confirmed.forEach(each -> names.add(each.substring(0, each.indexOf('/'))));
    try (TaskQueue queue = NatsQueues.connect(options())) {
      for (String name : names) {
        // Restores the subject of a partition whose update was lost; 2.9 requires it for a
        // consumer.
        Partition partition = queue.partition(name);
        boolean sharp = name.hashCode() % 2 == 0;
        if (sharp) {
          for (Message message : peer.pull(name, 1, WAIT)) {
            out.add(name + "/" + text(message));
            message.ackSync(WAIT);
          }
        }
        drain(partition).forEach(id -> out.add(name + "/" + id));
      }
    }
    return out;
  }

  @Test
  void eachOfTheSevenStatusesSettles() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(options())) {
      for (ArmonikStatus status : ArmonikStatus.values()) {
        Partition partition = queue.partition(status.name());
        TestQueues.pushIds(partition, 3);
        try (Puller puller = partition.puller()) {
          Delivery first = puller.pull(1, WAIT).get(0);
          assertThat(status.settle(first)).isEqualTo(Settlement.SETTLED);
          assertThat(status.settle(first)).isEqualTo(Settlement.ALREADY_SETTLED);
          List<String> rest = new ArrayList<>();
          for (Delivery delivery : TestQueues.pull(puller, expected(status).size())) {
            rest.add(delivery.taskId());
            delivery.ack();
          }
          assertThat(rest).as(status.name()).isEqualTo(expected(status));
          assertThat(partition.stats().backlog()).isZero();
          assertThat(partition.deadLetters().list(9))
              .hasSize(status == ArmonikStatus.POISONOUS ? 1 : 0)
              .allMatch(letter -> letter.reason().equals(ArmonikStatus.REASON));
        }
      }
    }
  }

  private static List<String> expected(ArmonikStatus status) {
    return switch (status) {
      case WAITING, FAILED, RUNNING -> List.of("task-0", "task-1", "task-2");
      case POSTPONED -> List.of("task-1", "task-2", "task-0");
      case PROCESSED, CANCELLED, POISONOUS -> List.of("task-1", "task-2");
    };
  }

  @Test
  void afterTheLeaseOnlyAStatusOfDoneWorkIsAccepted() throws Exception {
    NatsOptions options = options().withQueue(options().queue().withLease(Duration.ofMillis(500)));
    try (TaskQueue queue = NatsQueues.connect(options);
        Puller puller = queue.partition("gpu").puller()) {
      queue.partition("gpu").push(Task.of("late", ""));
      Delivery delivery = puller.pull(1, WAIT).get(0);
      TestQueues.await("the end of the lease", delivery::leaseExpired);
      for (ArmonikStatus status :
          List.of(ArmonikStatus.FAILED, ArmonikStatus.POSTPONED, ArmonikStatus.POISONOUS)) {
        assertThatThrownBy(() -> status.settle(delivery)).isInstanceOf(TaskQueueException.class);
      }
      assertThat(queue.partition("gpu").stats().backlog()).isEqualTo(1);
      assertThat(ArmonikStatus.PROCESSED.settle(delivery)).isEqualTo(Settlement.SETTLED_LATE);
    }
  }
}
