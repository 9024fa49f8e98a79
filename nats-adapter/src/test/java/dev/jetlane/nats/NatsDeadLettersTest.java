// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Delivery;
import dev.jetlane.Limits;
import dev.jetlane.Page;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.pull.NatsLease;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.impl.Headers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Dead letters on a real server: stored once, listed, redriven, purged. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class NatsDeadLettersTest {

  private static final Duration NO_WAIT = Duration.ZERO;
  private static final Duration WAIT = Duration.ofSeconds(20);
  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  private static TaskQueue open(QueueConfig config) {
    return NatsQueues.connect(TestQueues.options(server).withQueue(config));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10})
  void anExhaustedTaskBecomesADeadLetter(int prefetch) throws Exception {
    try (TaskQueue queue = open(TestQueues.config().withMaxDeliveries(2))) {
      Partition partition = queue.partition("p");
      partition.push(Task.of("poison", "body").withHeader("h", "v"));
      partition.push(Task.of("good", ""));
      try (Puller puller = partition.puller(PullOptions.defaults().withPrefetch(prefetch))) {
        List<Integer> attempts = new ArrayList<>();
        while (true) {
          List<Delivery> some = puller.pull(1, Duration.ofMillis(300));
          if (some.isEmpty()) {
            break;
          }
          if (some.get(0).taskId().equals("poison")) {
            attempts.add(some.get(0).attempt());
            some.get(0).nak();
          }
        }
        assertThat(attempts).containsExactly(1, 2);
        DeadLetter letter = partition.deadLetters().list(10).get(0);
        assertThat(letter.taskId()).isEqualTo("poison");
        assertThat(letter.payload()).asString(StandardCharsets.UTF_8).isEqualTo("body");
        assertThat(letter.headers()).isEqualTo(Map.of("h", "v"));
        assertThat(letter.reason()).isEqualTo(DeadLetter.MAX_DELIVERIES);
        assertThat(letter.attempts()).isEqualTo(2);
        TestQueues.awaitStats(partition, new Stats(0, 1, 1));
      }
    }
  }

  @Test
  void anExhaustedTaskTakesNoPlaceInABatch() throws Exception {
    NatsOptions options =
        TestQueues.options(server).withQueue(TestQueues.config().withMaxDeliveries(1));
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = queue.partition("p");
      TestQueues.push(partition, 6);
      TestQueues.awaitVisible(server, options, "p", 6);
      try (Puller puller = partition.puller()) {
        puller.pull(2, WAIT).forEach(Delivery::nak);
        assertThat(TestQueues.ids(puller.pull(4, NO_WAIT)))
            .containsExactly("task-2", "task-3", "task-4", "task-5");
        TestQueues.awaitStats(partition, new Stats(0, 4, 2));
      }
    }
  }

  /** Found by the differential run, plan 292 of its default seed. */
  @Test
  void anExhaustedTaskDoesNotCountAsOutstanding() throws Exception {
    NatsOptions options =
        TestQueues.options(server)
            .withQueue(TestQueues.config().withMaxDeliveries(1).withMaxOutstanding(3));
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = queue.partition("p");
      TestQueues.push(partition, 4);
      TestQueues.awaitVisible(server, options, "p", 4);
      try (Puller puller = partition.puller()) {
        puller.pull(1, WAIT).get(0).nak();
        assertThat(TestQueues.ids(puller.pull(4, NO_WAIT)))
            .containsExactly("task-1", "task-2", "task-3");
        TestQueues.awaitStats(partition, new Stats(0, 3, 1));
      }
    }
  }

  @Test
  void deadLettersAreListedRedrivenAndPurged() throws Exception {
    try (TaskQueue queue = open(TestQueues.config())) {
      Partition partition = queue.partition("p");
      TestQueues.push(partition, 4);
      try (Puller puller = partition.puller()) {
        for (Delivery delivery : TestQueues.pull(puller, 4)) {
          assertThat(delivery.deadLetter("bad " + delivery.taskId())).isEqualTo(Settlement.SETTLED);
        }
        TestQueues.awaitStats(partition, new Stats(0, 0, 4));
        assertThat(queue.partition("q").deadLetters().list(10)).isEmpty();
        List<DeadLetter> letters = partition.deadLetters().list(3);
        assertThat(letters)
            .extracting(DeadLetter::reason)
            .containsExactly("bad task-0", "bad task-1", "bad task-2");
        assertThat(partition.deadLetters().redrive(letters.get(1).id())).isTrue();
        assertThat(partition.deadLetters().redrive(letters.get(1).id())).isFalse();
        assertThat(partition.deadLetters().redrive("nonsense.>")).isFalse();
        Delivery again = puller.pull(10, WAIT).get(0);
        assertThat(again.taskId()).isEqualTo("task-1");
        assertThat(again.attempt()).isEqualTo(1);
        again.deadLetter("worse");
        assertThat(partition.deadLetters().redriveOldest(1)).isEqualTo(1);
        assertThat(TestQueues.ids(puller.pull(10, WAIT))).containsExactly("task-0");
        assertThat(partition.deadLetters().purge()).isEqualTo(3);
        TestQueues.awaitStats(partition, new Stats(0, 1, 0));
      }
    }
  }

  @Test
  void aPageThatIsRedrivenInPartKeepsTheOtherLetters() throws Exception {
    try (TaskQueue queue = open(TestQueues.config().withMaxTasks(2))) {
      Partition partition = queue.partition("p");
      try (Puller puller = partition.puller()) {
        for (int i = 0; i < 3; i++) {
          partition.push(Task.of("task-" + i, ""));
          TestQueues.pull(puller, 1).get(0).deadLetter("bad");
        }
      }
      DeadLetterAdmin letters = queue.admin().partition("p").deadLetters();
      assertThatThrownBy(() -> letters.redrive(DeadLetterQuery.defaults(), Duration.ZERO))
          .isInstanceOf(QueueFullException.class);
      assertThat(letters.list(10)).extracting(DeadLetter::taskId).containsExactly("task-2");
      TestQueues.awaitStats(partition, new Stats(2, 0, 1));
    }
  }

  @Test
  void aLetterThatIsStoredAlreadyIsNotStoredTwice() throws Exception {
    NatsOptions options = TestQueues.options(server).withQueue(TestQueues.config());
    try (TaskQueue queue = NatsQueues.connect(options);
        Connection nc = Jnats.connect(server.url())) {
      Partition partition = queue.partition("p");
      partition.push(Task.of("poison", "body"));
      try (Puller puller = partition.puller()) {
        // As if the process ended between the two steps: the letter is stored and the task is still
        // leased.
        Delivery first = puller.pull(1, WAIT).get(0);
        first.deadLetter("first");
        DeadLetter letter = partition.deadLetters().list(1).get(0);
        PartitionAddress address = options.layout().address("p");
        var stored =
            nc.jetStreamManagement()
                .getLastMessage(address.deadStream, address.deadSubject(letter.id()));
        nc.jetStreamManagement().purgeStream(address.deadStream);
        partition.push(Task.of("poison2", "body"));
        Delivery second = puller.pull(1, WAIT).get(0);
        String sameId = ((NatsLease) ((LeasedDelivery) second).lease()).place();
        Headers headers = new Headers(stored.getHeaders());
        headers.remove(WireHeaders.MESSAGE_ID);
        nc.jetStream().publish(address.deadSubject(sameId), headers, stored.getData());
        assertThat(second.deadLetter("second")).isEqualTo(Settlement.SETTLED);
        TestQueues.awaitStats(partition, new Stats(0, 0, 1));
        assertThat(partition.deadLetters().list(10))
            .extracting(DeadLetter::reason)
            .containsExactly("first");
      }
    }
  }

  /** One page reads a bounded number of letters, of which none may match. */
  @Test
  void theNextPageBeginsBehindLettersThatDoNotMatch() throws Exception {
    NatsOptions options = TestQueues.options(server);
    try (TaskQueue queue = NatsQueues.connect(options);
        Connection nc = Jnats.connect(server.url())) {
      Partition partition = queue.partition("p");
      PartitionAddress address = options.layout().address("p");
      for (int i = 0; i < Limits.MAX_PULL; i++) {
        publishLetter(nc, address.deadSubject("other-" + i), "other");
      }
      publishLetter(nc, address.deadSubject("sought"), "sought");
      TestQueues.await("all", () -> partition.stats().dead() == Limits.MAX_PULL + 1);
      DeadLetterAdmin admin = queue.admin().partition("p").deadLetters();
      DeadLetterQuery sought = DeadLetterQuery.defaults().withReason("sought");
      Page<DeadLetter> first = admin.page(sought);
      assertThat(first.items()).isEmpty();
      Page<DeadLetter> second = admin.page(sought.withStart(first.next().orElseThrow()));
      assertThat(second.items()).extracting(DeadLetter::id).containsExactly("sought");
      assertThat(second.next()).isEmpty();
    }
  }

  private static void publishLetter(Connection nc, String subject, String reason) {
    nc.publish(subject, new Headers().put(WireHeaders.REASON, reason), new byte[0]);
  }
}
