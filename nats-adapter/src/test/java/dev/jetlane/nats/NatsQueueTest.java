// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushOutcome;
import dev.jetlane.PushReport;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.impl.Headers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A queue on a healthy server. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class NatsQueueTest {

  private static final Duration NO_WAIT = Duration.ZERO;
  private static final Duration WAIT = Duration.ofSeconds(20);

  /** A wait that is longer than any test. */
  private static final Duration LONG = Duration.ofSeconds(50);

  /** The delay that a busy machine adds to a call. */
  private static final Duration BUSY = Duration.ofSeconds(25);

  private static final long SOON_SECONDS = TestQueues.SOON.toSeconds();
  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  private static TaskQueue open(QueueConfig config) {
    return NatsQueues.connect(TestQueues.options(server).withQueue(config));
  }

  @Test
  void aTaskIsDeliveredAsItWasPushed() throws Exception {
    try (TaskQueue queue = open(TestQueues.config())) {
      Partition partition = queue.partition("p");
      byte[] payload = {0, 1, -1, '\r', '\n'};
      Task task = Task.of("id/with/slashes", payload).withHeader("a", "1").withHeader("B", "");
      assertThat(partition.push(task).duplicate()).isFalse();
      assertThat(partition.push(task).duplicate()).isTrue();
      try (Puller puller = partition.puller()) {
        Delivery delivery = TestQueues.pull(puller, 1).get(0);
        assertThat(delivery.taskId()).isEqualTo("id/with/slashes");
        assertThat(delivery.payload()).isEqualTo(payload).isSameAs(delivery.payload());
        assertThat(delivery.headers()).isEqualTo(Map.of("a", "1", "B", ""));
        assertThat(delivery.partition()).isEqualTo("p");
        assertThat(delivery.attempt()).isEqualTo(1);
        assertThat(delivery.leaseRemaining())
            .isBetween(Duration.ofSeconds(5), Duration.ofSeconds(30));
        TestQueues.awaitStats(partition, new Stats(0, 1, 0));
        assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
        assertThat(delivery.ack()).isEqualTo(Settlement.ALREADY_SETTLED);
        TestQueues.awaitStats(partition, new Stats(0, 0, 0));
        assertThat(puller.pull(1, NO_WAIT)).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 10, 1_000})
  void eachTaskIsDeliveredOnceAndInOrder(int prefetch) throws Exception {
    try (TaskQueue queue = open(TestQueues.config())) {
      Partition partition = queue.partition("p");
      TestQueues.push(partition, 1_000);
      try (Puller puller = partition.puller(PullOptions.defaults().withPrefetch(prefetch))) {
        List<Delivery> all = new ArrayList<>();
        List<CompletableFuture<Settlement>> acks = new ArrayList<>();
        // An empty pull is not the end: a task becomes visible shortly after its push.
        while (all.size() < 1_000) {
          List<Delivery> some = puller.pull(30, NO_WAIT);
          all.addAll(some);
          some.forEach(delivery -> acks.add(delivery.ackAsync()));
        }
        assertThat(TestQueues.ids(all))
            .isEqualTo(TestQueues.tasks(1_000).stream().map(Task::id).toList());
        for (CompletableFuture<Settlement> ack : acks) {
          assertThat(ack.get(SOON_SECONDS, TimeUnit.SECONDS)).isEqualTo(Settlement.SETTLED);
        }
        TestQueues.awaitStats(partition, new Stats(0, 0, 0));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100})
  void unconfirmedAcksArrive(int prefetch) throws Exception {
    try (TaskQueue queue = open(TestQueues.config())) {
      Partition partition = queue.partition("p");
      TestQueues.push(partition, 300);
      PullOptions options = PullOptions.defaults().withPrefetch(prefetch).withConfirmAcks(false);
      try (Puller puller = partition.puller(options)) {
        for (Delivery delivery : TestQueues.pull(puller, 300)) {
          assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
        }
        TestQueues.await("empty", () -> partition.stats().equals(new Stats(0, 0, 0)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100})
  void aWaitingPullReturnsWithTheFirstTask(int prefetch) throws Exception {
    try (TaskQueue queue = open(TestQueues.config())) {
      Partition partition = queue.partition("p");
      try (Puller puller = partition.puller(PullOptions.defaults().withPrefetch(prefetch))) {
        for (int i = 0; i < 5; i++) {
          String id = "t" + i;
          CompletableFuture<List<Delivery>> pull = pullAsync(puller, 10, LONG);
          assertThat(pull).isNotDone();
          partition.push(Task.of(id, "x"));
          List<Delivery> got = pull.get(SOON_SECONDS, TimeUnit.SECONDS);
          assertThat(TestQueues.ids(got)).containsExactly(id);
          got.get(0).ack();
        }
      }
    }
  }

  @Test
  void anEmptyPullWaitsForItsTimeAndNoLonger() throws Exception {
    try (TaskQueue queue = open(TestQueues.config())) {
      try (Puller puller = queue.partition("p").puller()) {
        for (long millis : new long[] {0, 1, 30, 300, 4_500}) {
          long start = System.nanoTime();
          assertThat(puller.pull(10, Duration.ofMillis(millis))).isEmpty();
          assertThat(Duration.ofNanos(System.nanoTime() - start))
              .isBetween(Duration.ofMillis(millis), Duration.ofMillis(millis).plus(BUSY));
        }
      }
    }
  }

  @Test
  void aNakIsRedeliveredImmediatelyBeforeNewTasks() throws Exception {
    try (TaskQueue queue = open(TestQueues.config())) {
      Partition partition = queue.partition("p");
      TestQueues.push(partition, 3);
      try (Puller puller = partition.puller()) {
        List<Delivery> two = TestQueues.pull(puller, 2);
        assertThat(two.get(1).nak()).isEqualTo(Settlement.SETTLED);
        two.get(0).close();
        List<Delivery> again = TestQueues.pull(puller, 3);
        assertThat(TestQueues.ids(again)).containsExactly("task-1", "task-0", "task-2");
        assertThat(again).extracting(Delivery::attempt).containsExactly(2, 2, 1);
        long start = System.nanoTime();
        again.get(0).nak(Duration.ofMillis(300));
        Delivery delayed = TestQueues.pull(puller, 1).get(0);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
            .isGreaterThan(Duration.ofMillis(295));
        assertThat(delayed.attempt()).isEqualTo(3);
      }
    }
  }

  @Test
  void anExpiredLeaseAllowsOnlyTheAck() throws Exception {
    try (TaskQueue queue = open(QueueConfig.defaults().withLease(Duration.ofSeconds(2)))) {
      Partition partition = queue.partition("p");
      TestQueues.push(partition, 2);
      try (Puller puller = partition.puller()) {
        List<Delivery> two = TestQueues.pull(puller, 2);
        TestQueues.await("expiry", () -> two.get(0).leaseExpired() && two.get(1).leaseExpired());
        assertThatThrownBy(two.get(0)::nak).isInstanceOf(LeaseExpiredException.class);
        assertThatThrownBy(two.get(0)::extend).isInstanceOf(LeaseExpiredException.class);
        assertThat(two.get(0).ack()).isEqualTo(Settlement.SETTLED_LATE);
        Delivery again = puller.pull(1, WAIT).get(0);
        assertThat(again.taskId()).isEqualTo("task-1");
        assertThat(again.attempt()).isEqualTo(2);
        again.ack();
        TestQueues.awaitStats(partition, new Stats(0, 0, 0));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100})
  void atMaxOutstandingNoNewTaskIsDeliveredAndNoneIsLost(int prefetch) throws Exception {
    try (TaskQueue queue = open(TestQueues.config().withMaxOutstanding(5))) {
      Partition partition = queue.partition("p");
      TestQueues.push(partition, 12);
      try (Puller puller = partition.puller(PullOptions.defaults().withPrefetch(prefetch))) {
        List<Delivery> held = TestQueues.pull(puller, 5);
        assertThat(held).hasSize(5);
        for (int i = 0; i < 3; i++) {
          assertThat(puller.pull(10, NO_WAIT)).isEmpty();
        }
        assertThat(puller.pull(10, Duration.ofMillis(300))).isEmpty();
        held.get(0).nak();
        assertThat(TestQueues.ids(puller.pull(10, WAIT))).containsExactly("task-0");
        held.get(1).ack();
        assertThat(TestQueues.ids(puller.pull(10, WAIT))).containsExactly("task-5");
        held.subList(2, 5).forEach(Delivery::ack);
        assertThat(TestQueues.ids(TestQueues.pull(puller, 3)))
            .containsExactly("task-6", "task-7", "task-8");
        assertThat(puller.pull(1, NO_WAIT)).isEmpty();
      }
    }
  }

  @Test
  void aBatchThatMaxOutstandingCutsShortReturnsSoon() throws Exception {
    NatsOptions options =
        TestQueues.options(server).withQueue(TestQueues.config().withMaxOutstanding(5));
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = queue.partition("p");
      TestQueues.push(partition, 12);
      TestQueues.awaitVisible(server, options, "p", 12);
      try (Puller puller = partition.puller()) {
        long start = System.nanoTime();
        assertThat(puller.pull(100, LONG)).hasSize(5);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(BUSY);
      }
    }
  }

  @Test
  void theLastTaskThatMaxOutstandingAllowsIsHandedOutSoon() throws Exception {
    NatsOptions options =
        TestQueues.options(server).withQueue(TestQueues.config().withMaxOutstanding(3));
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = queue.partition("p");
      TestQueues.push(partition, 3);
      TestQueues.awaitVisible(server, options, "p", 3);
      try (Puller puller = partition.puller()) {
        assertThat(puller.pull(2, WAIT)).hasSize(2);
        for (Duration wait : List.of(NO_WAIT, LONG)) {
          long start = System.nanoTime();
          List<Delivery> last = puller.pull(3, wait);
          assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(BUSY);
          assertThat(last).hasSize(1);
          assertThat(last.get(0).ack()).isEqualTo(Settlement.SETTLED);
          partition.push(Task.of("next", ""));
        }
      }
    }
  }

  @Test
  void aFullPartitionRefusesAndAnotherOneDoesNot() throws Exception {
    try (TaskQueue queue = open(TestQueues.config().withMaxTasks(3))) {
      Partition partition = queue.partition("p");
      PushReport report = partition.pushAll(TestQueues.tasks(5));
      assertThat(report.outcomes())
          .extracting(Object::getClass)
          .startsWith(PushOutcome.Stored.class, PushOutcome.Stored.class, PushOutcome.Stored.class);
      assertThat(report.failures())
          .hasSize(2)
          .allSatisfy(
              outcome ->
                  assertThat(((PushOutcome.Refused) outcome).error())
                      .isInstanceOf(QueueFullException.class));
      assertThatThrownBy(() -> partition.push(Task.of("more", "")))
          .isInstanceOf(QueueFullException.class)
          .hasMessageContaining("more");
      queue.partition("q").push(Task.of("other", ""));
      try (Puller puller = partition.puller()) {
        assertThat(TestQueues.ack(puller.pull(1, WAIT).get(0))).isEqualTo(Settlement.SETTLED);
        assertThat(partition.push(Task.of("more", "")).duplicate()).isFalse();
      }
    }
  }

  @Test
  void aForeignMessageIsATask() throws Exception {
    NatsOptions options = TestQueues.options(server).withQueue(TestQueues.config());
    try (TaskQueue queue = NatsQueues.connect(options);
        Connection nc = Jnats.connect(server.url())) {
      Partition partition = queue.partition("p");
      String subject = options.layout().address("p").subject;
      nc.jetStream().publish(subject, "bare".getBytes(StandardCharsets.UTF_8));
      Headers headers =
          new Headers().add("Nats-Msg-Id", "f00").add("Twice", "a", "b").add("nats-x", "hidden");
      nc.jetStream().publish(subject, headers, new byte[0]);
      try (Puller puller = partition.puller()) {
        List<Delivery> two = TestQueues.pull(puller, 2);
        assertThat(TestQueues.ids(two)).containsExactly("seq-1", "seq-2");
        assertThat(two.get(0).headers()).isEmpty();
        assertThat(two.get(1).headers()).isEqualTo(Map.of("Twice", "a,b"));
        assertThat(two.get(1).payload()).isEmpty();
        two.get(0).deadLetter("why not");
        two.get(1).ack();
        assertThat(partition.deadLetters().list(1).get(0).taskId()).isEqualTo("seq-1");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100})
  void anInterruptLosesNothing(int prefetch) throws Exception {
    try (TaskQueue queue = open(TestQueues.config())) {
      Partition partition = queue.partition("p");
      try (Puller puller = partition.puller(PullOptions.defaults().withPrefetch(prefetch));
          Puller other = partition.puller()) {
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Thread thread =
            new Thread(
                () -> {
                  try {
                    interrupted.complete(puller.pull(10, LONG) == null);
                  } catch (InterruptedException e) {
                    interrupted.complete(true);
                  } catch (Throwable e) {
                    interrupted.completeExceptionally(e);
                  }
                });
        thread.start();
        TestQueues.await("waiting", () -> thread.getState() == Thread.State.TIMED_WAITING);
        thread.interrupt();
        assertThat(interrupted.get(SOON_SECONDS, TimeUnit.SECONDS)).isTrue();
        TestQueues.push(partition, 3);
        assertThat(TestQueues.pull(other, 3))
            .hasSize(3)
            .allMatch(delivery -> delivery.attempt() == 1);
      }
    }
  }

  @Test
  void aClosedPullerGivesBackItsPrefetchedTasksImmediately() throws Exception {
    try (TaskQueue queue = open(TestQueues.config())) {
      Partition partition = queue.partition("p");
      TestQueues.push(partition, 50);
      try (Puller other = partition.puller()) {
        Puller puller = partition.puller(PullOptions.defaults().withPrefetch(100));
        Delivery out = puller.pull(1, WAIT).get(0);
        TestQueues.await("prefetch", () -> partition.stats().ready() == 0);
        puller.close();
        puller.close();
        assertThatThrownBy(() -> puller.pull(1, NO_WAIT)).isInstanceOf(QueueClosedException.class);
        List<Delivery> rest = TestQueues.pull(other, 49);
        assertThat(TestQueues.ids(rest)).hasSize(49).doesNotContain(out.taskId());
        assertThat(out.ack()).isEqualTo(Settlement.SETTLED);
      }
    }
  }

  /**
   * jnats breaks a connection on which several threads flush at the same time; the close of a
   * puller flushes.
   */
  @Test
  void manyPullersCloseAtTheSameTimeAndTheConnectionStays() throws Exception {
    try (Connection nc = Jnats.connect(server.url());
        TaskQueue queue = NatsQueues.over(nc, TestQueues.options(server))) {
      Partition partition = queue.partition("p");
      List<Puller> pullers = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        pullers.add(partition.puller());
      }
      pullers.parallelStream().forEach(Puller::close);
      assertThat(nc.getStatistics().getReconnects()).isZero();
      assertThat(queue.health()).isEqualTo(Health.up());
    }
  }

  @Test
  void aCloseEndsAWaitingPull() throws Exception {
    TaskQueue queue = open(TestQueues.config());
    Puller puller = queue.partition("p").puller();
    CompletableFuture<List<Delivery>> pull = pullAsync(puller, 1, LONG);
    assertThat(pull).isNotDone();
    queue.close();
    assertThatThrownBy(() -> pull.get(SOON_SECONDS, TimeUnit.SECONDS))
        .hasCauseInstanceOf(QueueClosedException.class);
    assertThatThrownBy(() -> queue.partition("p")).isInstanceOf(QueueClosedException.class);
    assertThat(queue.health()).isEqualTo(new Health(false, false, List.of("the queue is closed")));
  }

  /** The second one waits for the end of the first one. */
  @Test
  void aCloseEndsEachPullOfAPuller() throws Exception {
    TaskQueue queue = open(TestQueues.config());
    Puller puller = queue.partition("p").puller();
    List<CompletableFuture<List<Delivery>>> pulls =
        List.of(puller.pullAsync(1, LONG), puller.pullAsync(1, LONG), puller.pullAsync(1, LONG));
    queue.close();
    for (CompletableFuture<List<Delivery>> pull : pulls) {
      assertThatThrownBy(() -> pull.get(SOON_SECONDS, TimeUnit.SECONDS))
          .hasCauseInstanceOf(QueueClosedException.class);
    }
  }

  @Test
  void closeLeavesNoThreadAndAClosedQueueSettlesNothing() throws Exception {
    List<Thread> before = List.copyOf(Thread.getAllStackTraces().keySet());
    TaskQueue queue = open(TestQueues.config());
    Partition partition = queue.partition("p");
    TestQueues.push(partition, 10);
    Puller puller = partition.puller(PullOptions.defaults().withPrefetch(5));
    Delivery delivery = puller.pull(1, WAIT).get(0);
    queue.close();
    queue.close();
    assertThatThrownBy(delivery::ack).isInstanceOf(QueueClosedException.class);
    assertThatThrownBy(() -> partition.push(Task.of("x", "")))
        .isInstanceOf(QueueClosedException.class);
    TestQueues.await(
        "end of the threads",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(
                    thread ->
                        !before.contains(thread)
                            && (thread.getName().startsWith("nats")
                                || thread.getName().startsWith("jetlane")
                                || thread.getName().startsWith("pool"))));
  }

  @Test
  void theConnectionOfACallerStaysOpen() throws Exception {
    try (Connection nc = Jnats.connect(server.url())) {
      TaskQueue queue = NatsQueues.over(nc, TestQueues.options(server));
      Partition partition = queue.partition("p");
      partition.push(Task.of("a", ""));
      Puller puller = partition.puller();
      assertThat(puller.pull(1, WAIT).get(0).ack()).isEqualTo(Settlement.SETTLED);
      queue.close();
      assertThat(nc.getStatus()).isEqualTo(Connection.Status.CONNECTED);
      try (TaskQueue second = NatsQueues.over(nc, TestQueues.options(server))) {
        assertThat(second.health()).isEqualTo(Health.up());
      }
    }
  }

  private static CompletableFuture<List<Delivery>> pullAsync(
      Puller puller, int max, Duration wait) {
    CompletableFuture<List<Delivery>> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(puller.pull(max, wait));
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            });
    thread.start();
    TestQueues.await(
        "waiting", () -> thread.getState() == Thread.State.TIMED_WAITING || result.isDone());
    return result;
  }
}
