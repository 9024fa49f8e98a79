// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No request asks for more than 64 MB: a server disconnects a client with more bytes pending. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(180)
class BigPullTest {

  private static final Duration WAIT = Duration.ofSeconds(5);
  private static final int KILO = 1_000;

  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 150})
  void aPullOf200MegabytesDoesNotCutTheConnection(int prefetch) throws Exception {
    AtomicInteger lost = new AtomicInteger();
    NatsOptions options =
        TestQueues.options(server)
            .withListener(
                new QueueListener() {
                  @Override
                  public void connectionLost() {
                    lost.incrementAndGet();
                  }
                });
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = queue.partition("p");
      for (int i = 0; i < 200; i++) {
        partition.push(Task.of("t" + i, new byte[KILO * KILO]));
      }
      int got = 0;
      int most = 0;
      try (Puller puller = partition.puller(PullOptions.defaults().withPrefetch(prefetch))) {
        while (got < 200) {
          List<Delivery> some = puller.pull(200, WAIT);
          assertThat(some).isNotEmpty();
          for (Delivery delivery : some) {
            assertThat(delivery.taskId()).isEqualTo("t" + got++);
            delivery.ack();
          }
          most = Math.max(most, some.size());
        }
      }
      assertThat(most).isBetween(2, 16);
      assertThat(lost).hasValue(0);
    }
  }

  /** Two such requests may be open at the same time. */
  @Test
  void aRequestForTasksAheadHasHalfOfTheBytes() throws Exception {
    NatsOptions options = TestQueues.options(server);
    String next = "$JS.API.CONSUMER.MSG.NEXT." + options.stream() + ".p";
    PullOptions ahead = PullOptions.defaults().withPrefetch(10).withMaxBytes(10 * KILO);
    try (TaskQueue queue = NatsQueues.connect(options);
        WireTap tap = WireTap.on(server.url(), next);
        Puller puller = queue.partition("p").puller(ahead)) {
      TestQueues.push(queue.partition("p"), 1);
      assertThat(TestQueues.pull(puller, 1)).hasSize(1);
      TestQueues.await(
          "a request for tasks ahead",
          () -> !tap.heard(one -> one.body().contains("\"max_bytes\":5000,\"expires\"")).isEmpty());
    }
  }

  /**
   * The server accepts messages of 1 MiB, and the default limit is 16 MiB, so 15 tasks always fit.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16})
  void aRequestHasALimitOfBytesOnlyIfItsTasksCouldExceedIt(int max) throws Exception {
    NatsOptions options = TestQueues.options(server);
    String next = "$JS.API.CONSUMER.MSG.NEXT." + options.stream() + ".p";
    try (TaskQueue queue = NatsQueues.connect(options);
        WireTap tap = WireTap.on(server.url(), next);
        Puller puller = queue.partition("p").puller()) {
      TestQueues.push(queue.partition("p"), 1);
      assertThat(TestQueues.pull(puller, max)).hasSize(1);
      List<String> requests = new ArrayList<>();
      TestQueues.await(
          "a request for tasks",
          () -> {
            requests.clear();
            tap.heard(one -> one.body().contains("\"batch\":" + max))
                .forEach(one -> requests.add(one.body()));
            return !requests.isEmpty();
          });
      assertThat(requests.get(0).contains("max_bytes")).as(requests.get(0)).isEqualTo(max == 16);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aTaskAboveTheLimitIsDeliveredAlone(int priorities) throws Exception {
    NatsOptions options =
        TestQueues.options(server).withQueue(TestQueues.config().withPriorities(priorities));
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = queue.partition("p");
      int[] sizes = {4, 4, 4, 50, 50, 9, 1, 1};
      for (int i = 0; i < sizes.length; i++) {
        partition.push(Task.of("t" + i, new byte[sizes[i] * KILO]));
      }
      TestQueues.awaitVisible(server, options, "p", sizes.length);
      List<Integer> pulls = new ArrayList<>();
      int got = 0;
      try (Puller puller = partition.puller(PullOptions.defaults().withMaxBytes(10 * KILO))) {
        while (got < sizes.length) {
          List<Delivery> some = puller.pull(10, WAIT);
          pulls.add(some.size());
          for (Delivery delivery : some) {
            assertThat(delivery.taskId()).isEqualTo("t" + got++);
          }
        }
      }
      assertThat(pulls).containsExactly(2, 1, 1, 1, 1, 2);
    }
  }

  @Test
  void largeDelayedTasksAreMoved() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(TestQueues.options(server))) {
      Partition partition = queue.partition("p");
      for (int i = 0; i < 40; i++) {
        partition.push(Task.of("t" + i, new byte[900 * KILO]).withDelay(Duration.ofMillis(500)));
      }
      try (Puller puller = partition.puller()) {
        assertThat(TestQueues.pull(puller, 40)).hasSize(40);
      }
    }
  }
}
