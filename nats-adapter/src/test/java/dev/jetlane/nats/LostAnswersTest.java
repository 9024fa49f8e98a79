// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.DeadLetter;
import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.FaultProxy.Way;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each kind of request with a lost confirmation: the result for the caller, the number of sent
 * messages, and the view of another client.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(180)
class LostAnswersTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final Duration LONG = Duration.ofMinutes(10);

  /** The first try, and one after each quarter of the timeout. */
  private static final int MOST_TRIES = 5;

  private static NatsServer server;

  private NatsOptions options;
  private FaultProxy proxy;
  private TaskQueue queue;
  private Partition partition;
  private TaskQueue other;
  private Partition seenByOthers;
  private WireTap tap;

  @BeforeAll
  static void startServer() {
    server = NatsServer.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void open() throws Exception {
    open(TestQueues.config().withLease(LONG), TIMEOUT);
  }

  private void open(Duration lease, Duration timeout) throws Exception {
    open(TestQueues.config().withLease(lease), timeout);
  }

  private void open(QueueConfig config, Duration timeout) throws Exception {
    options = TestQueues.options(server).withQueue(config);
    other = NatsQueues.connect(options);
    seenByOthers = other.partition("p");
    proxy = FaultProxy.to(server.url(), 1);
    // On a busy machine the creation or lookup of the streams takes longer than such a timeout.
    queue =
        NatsQueues.connect(
            options
                .withUrl(proxy.url())
                .withRequestTimeout(timeout)
                .withProvisioning(NatsOptions.Provisioning.NONE));
    partition = queue.partition("p");
    tap = WireTap.on(server.url(), "$JS.ACK." + options.stream() + ".>", options.stream() + ".>");
  }

  @AfterEach
  void close() throws Exception {
    proxy.heal();
    tap.close();
    other.close();
    queue.close();
    proxy.close();
  }

  @Test
  void aNakIsSentOnceAndDoesNotDisturbTheNextHolder() throws Exception {
    Delivery held = pullOne();
    losesAnswersOf(() -> held.nak(), OutcomeUnknownException.class);
    try (Puller next = seenByOthers.puller()) {
      Delivery again = TestQueues.pull(next, 1).get(0);
      assertThat(again.attempt()).isEqualTo(2);
      proxy.heal();
      TestQueues.pushed(partition, Task.of("after", ""));
      assertThat(tap.settlements("-NAK")).hasSize(1);
      assertThat(TestQueues.ids(TestQueues.pull(next, 1))).containsExactly("after");
      assertThat(again.ack()).isNotNull();
    }
  }

  @Test
  void anExtensionIsSentOnceAndCountsOnlyIfConfirmed() throws Exception {
    Delivery held = pullOne();
    long pulledNanos = System.nanoTime();
    long endNanos = pulledNanos + held.leaseRemaining().toNanos();
    TestQueues.await(
        "the second that an extension would add",
        () -> System.nanoTime() - pulledNanos > Duration.ofSeconds(1).toNanos());
    losesAnswersOf(
        () -> {
          held.extend();
          return held;
        },
        OutcomeUnknownException.class);
    assertThat(System.nanoTime() + held.leaseRemaining().toNanos())
        .isLessThan(endNanos + TimeUnit.MILLISECONDS.toNanos(500));
    assertThat(tap.settlements("+WPI")).hasSize(1);
  }

  @Test
  void anAckIsSentAgainAndTheSecondTryDecides() throws Exception {
    Delivery held = pullOne();
    losesAnswersOf(() -> held.ack(), OutcomeUnknownException.class);
    assertThat(tap.settlements("+ACK")).hasSizeBetween(2, MOST_TRIES);
    TestQueues.awaitStats(seenByOthers, new Stats(0, 0, 0));
    proxy.heal();
    assertThat(TestQueues.ack(held)).isNotNull();
  }

  @Test
  void aPushIsSentAgainAndStoredOnce() {
    losesAnswersOf(() -> partition.push(Task.of("once", "")), OutcomeUnknownException.class);
    assertThat(tap.heard(one -> one.subject().equals(options.stream() + ".p")))
        .hasSizeBetween(2, MOST_TRIES);
    TestQueues.awaitStats(seenByOthers, new Stats(1, 0, 0));
    proxy.heal();
    assertThat(partition.push(Task.of("once", "")).duplicate()).isTrue();
  }

  /** At a second try the server has forgotten the id and would store the task again. */
  @Test
  void aPushIsNotSentAgainAfterTheDedupWindow() throws Exception {
    close();
    open(TestQueues.config().withDedupWindow(Duration.ofMillis(200)), TIMEOUT);
    losesAnswersOf(() -> partition.push(Task.of("once", "")), OutcomeUnknownException.class);
    assertThat(tap.heard(one -> one.subject().equals(options.stream() + ".p"))).hasSize(1);
    TestQueues.awaitStats(seenByOthers, new Stats(1, 0, 0));
  }

  /**
   * The first try is stored and its answer lost with the connection; the second try is a duplicate.
   */
  @Test
  void atMostOnePushOfAnIdReportsThatItStoredIt() throws Exception {
    proxy.stall(Way.TO_CLIENT, true);
    CompletableFuture<Boolean> push =
        partition.pushAsync(Task.of("once", "")).thenApply(receipt -> receipt.duplicate());
    TestQueues.await("stored", () -> seenByOthers.stats().ready() == 1);
    proxy.reset();
    proxy.heal();
    boolean first = push.get(30, TimeUnit.SECONDS);
    boolean second = seenByOthers.push(Task.of("once", "")).duplicate();
    assertThat(second).isTrue();
    assertThat(first).as("a duplicate of its own first try").isTrue();
    TestQueues.awaitStats(seenByOthers, new Stats(1, 0, 0));
  }

  @Test
  void aTaskIsRemovedOnlyWhenItsLetterIsStored() throws Exception {
    Delivery held = pullOne();
    proxy.stall(Way.TO_SERVER, true);
    assertThatThrownBy(() -> held.deadLetter("poison")).isInstanceOf(TaskQueueException.class);
    proxy.heal();
    assertThat(tap.settlements("+TERM")).isEmpty();
  }

  @Test
  void aLetterWhoseConfirmationIsLostLeavesTheTask() throws Exception {
    Delivery held = pullOne();
    losesAnswersOf(() -> held.deadLetter("poison"), OutcomeUnknownException.class);
    assertThat(tap.settlements("+TERM")).isEmpty();
    TestQueues.awaitStats(seenByOthers, new Stats(0, 1, 1));
  }

  @Test
  void aLetterThatCannotBeStoredLeavesTheTask() throws Exception {
    NatsOptions creatingNothing = options.withProvisioning(NatsOptions.Provisioning.VERIFY);
    try (TaskQueue client = NatsQueues.connect(creatingNothing);
        Puller puller = client.partition("p").puller();
        Connection raw = Jnats.connect(server.url())) {
      seenByOthers.push(Task.of("task", ""));
      Delivery held = TestQueues.pull(puller, 1).get(0);
      raw.jetStreamManagement().deleteStream(options.stream() + "-dead");
      assertThatThrownBy(() -> held.deadLetter("poison")).isInstanceOf(TaskQueueException.class);
      assertThat(tap.settlements("+TERM")).isEmpty();
      assertThat(held.ack()).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTaskThatIsDeadLetteredAgainCanBeRedrivenAgain(boolean sameClient) throws Exception {
    Partition operator = sameClient ? partition : seenByOthers;
    seenByOthers.push(Task.of("cat", "payload").withHeader("k", "v"));
    try (Puller puller = partition.puller()) {
      for (int death = 1; death <= 3; death++) {
        Delivery delivery = TestQueues.pull(puller, 1).get(0);
        assertThat(delivery.attempt()).isEqualTo(1);
        assertThat(delivery.headers()).containsEntry("k", "v");
        delivery.deadLetter("again");
        List<DeadLetter> letters = operator.deadLetters().list(10);
        assertThat(letters).extracting(DeadLetter::taskId).containsExactly("cat");
        assertThat(operator.deadLetters().redrive(letters.get(0).id())).isTrue();
        assertThat(operator.deadLetters().redrive(letters.get(0).id())).isFalse();
        TestQueues.awaitStats(operator, new Stats(1, 0, 0));
      }
    }
  }

  /** A redrive stores the task and then removes the letter, so a cut in between loses nothing. */
  @Test
  void aRedriveWhoseConfirmationIsLostLosesNothingAndRepeatsNothing() throws Exception {
    pullOne().deadLetter("again");
    String id = partition.deadLetters().list(1).get(0).id();
    losesAnswersOf(() -> partition.deadLetters().redrive(id), TaskQueueException.class);
    proxy.heal();
    TestQueues.await(
        "an answer",
        () -> {
          try {
            partition.deadLetters().redrive(id);
            return true;
          } catch (TaskQueueException e) {
            return false;
          }
        });
    TestQueues.awaitStats(seenByOthers, new Stats(1, 0, 0));
  }

  /**
   * The nak is requested while the connection is down, and the connection returns after the lease.
   */
  @Test
  void aNakThatCouldNotBeSentIsNotSentAfterItsLease() throws Exception {
    close();
    open(Duration.ofSeconds(2), Duration.ofSeconds(8));
    Delivery held = pullOne();
    proxy.refuse(true);
    proxy.reset();
    TestQueues.await("cut", () -> !queue.health().live());
    CompletableFuture<?> nak = CompletableFuture.supplyAsync(held::nak);
    try (Puller next =
        seenByOthers.puller(PullOptions.defaults().withKeepFor(Duration.ofMinutes(5)))) {
      Delivery again = TestQueues.pull(next, 1).get(0);
      assertThat(again.attempt()).isEqualTo(2);
      proxy.heal();
      assertThatThrownBy(() -> nak.get(1, TimeUnit.MINUTES))
          .hasCauseInstanceOf(TaskQueueException.class);
      TestQueues.pushed(partition, Task.of("after", ""));
      assertThat(tap.settlements("-NAK")).isEmpty();
      assertThat(again.ack()).isNotNull();
    }
  }

  private Delivery pullOne() throws InterruptedException {
    seenByOthers.push(Task.of("task", "payload"));
    return TestQueues.pull(partition.puller(), 1).get(0);
  }

  /** The call fails with this error, and takes about the request timeout. */
  private void losesAnswersOf(Supplier<?> call, Class<? extends Throwable> error) {
    proxy.stall(Way.TO_CLIENT, true);
    long began = System.nanoTime();
    assertThatThrownBy(call::get).isInstanceOf(error);
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(Duration.ofMillis(900), TIMEOUT.multipliedBy(5));
  }

  /** A process ended after it stored the letter; the next client removes the task. */
  @Test
  void aLetterThatIsStoredAlreadyIsNoError() throws Exception {
    close();
    QueueConfig brief = TestQueues.config().withLease(Duration.ofSeconds(4));
    // The dedup window ends before the second letter, so only its subject shows that it is stored.
    open(brief.withDedupWindow(Duration.ofSeconds(1)), Duration.ofSeconds(1));
    Delivery held = pullOne();
    losesAnswersOf(() -> held.deadLetter("first"), OutcomeUnknownException.class);
    assertThat(seenByOthers.stats().dead()).isEqualTo(1);
    try (Puller next = seenByOthers.puller()) {
      assertThat(TestQueues.pull(next, 1).get(0).deadLetter("second")).isNotNull();
    }
    TestQueues.awaitStats(seenByOthers, new Stats(0, 0, 1));
    assertThat(seenByOthers.deadLetters().list(10))
        .extracting(DeadLetter::reason)
        .containsExactly("first");
  }

  /** Extensions of this time are not sent later, because another client may then hold the task. */
  @Test
  void aLeaseIsNotKeptWhileTheConnectionIsDown() throws Exception {
    close();
    open(Duration.ofSeconds(2), Duration.ofSeconds(20));
    partition.push(Task.of("task", ""));
    Delivery held =
        TestQueues.pull(
                partition.puller(PullOptions.defaults().withKeepFor(Duration.ofMinutes(5))), 1)
            .get(0);
    proxy.refuse(true);
    proxy.reset();
    TestQueues.await("cut", () -> !queue.health().live());
    int before = tap.settlements("+WPI").size();
    try (Puller next = seenByOthers.puller()) {
      Delivery again = TestQueues.pull(next, 1).get(0);
      assertThat(held.leaseExpired()).isTrue();
      proxy.heal();
      TestQueues.pushed(partition, Task.of("after", ""));
      assertThat(tap.settlements("+WPI")).hasSize(before);
      assertThat(again.attempt()).isEqualTo(2);
    }
  }

  @Test
  void eachFormOfALateAckIsReportedAsLate() throws Exception {
    close();
    open(Duration.ofSeconds(1), TIMEOUT);
    TestQueues.push(partition, 2);
    List<Delivery> held = TestQueues.pull(partition.puller(), 2);
    TestQueues.await("expired", () -> held.stream().allMatch(Delivery::leaseExpired));
    assertThat(TestQueues.ack(held.get(0))).isEqualTo(Settlement.SETTLED_LATE);
    assertThat(held.get(1).ackAsync().get(30, TimeUnit.SECONDS)).isEqualTo(Settlement.SETTLED_LATE);
  }
}
