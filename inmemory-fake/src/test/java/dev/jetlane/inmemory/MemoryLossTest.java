// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests what a server forgets when it restarts or crashes. */
class MemoryLossTest extends QueueTest {

  private final Faults faults = server.faults();

  private static Task task(String id) {
    return Task.of(id, "x");
  }

  @Test
  void aRestartForgetsTheIdsOfSettledTasksOnly() throws InterruptedException {
    push("settled", "ready");
    pullOne().ack();
    faults.restart();

    assertThat(partition.push(task("settled")).duplicate()).isFalse();
    assertThat(partition.push(task("ready")).duplicate()).isTrue();
  }

  @Test
  void aRestartKeepsLeasesAndAttemptsButCutsOffFractionsOfSeconds() throws InterruptedException {
    advance(Duration.ofMillis(700));
    push("a", "b");
    Delivery first = pullOne();
    pullOne().nak(Duration.ofSeconds(3));
    faults.restart();

    assertThat(pull(10)).isEmpty();
    advance(Duration.ofMillis(2300).minus(TICK));
    assertThat(pull(10)).isEmpty();
    advance(TICK);
    assertThat(pullOne()).extracting(Delivery::taskId, Delivery::attempt).contains("b", 2);
    advance(LEASE.minusMillis(700 + 2300));
    assertThat(pullOne()).extracting(Delivery::taskId, Delivery::attempt).contains("a", 2);
    // The client does not know that the server cut off the fraction of a second.
    assertThat(first.leaseRemaining()).isEqualTo(Duration.ofMillis(700));
  }

  /** As on a server: see FaultsTest of the adapter. */
  @Test
  void aRestartCountsALeaseFromThePushUnlessItWasExtended() throws InterruptedException {
    push("extended", "held");
    advance(LEASE);
    assertThat(pullOne().extend()).isTrue();
    Delivery held = pullOne();
    faults.restart();

    Delivery again = pullOne();
    assertThat(again.taskId()).isEqualTo("held");
    assertThat(again.attempt()).isEqualTo(2);
    assertThat(held.leaseRemaining()).isEqualTo(LEASE);
    assertThat(pull(10)).isEmpty();
  }

  /** As on a server: see FaultsTest of the adapter. */
  @Test
  void aTaskThatWasGivenBackWaitsForItsLeaseAfterARestart() throws InterruptedException {
    push("a");
    pullOne().nak();
    faults.restart();

    assertThat(pull(10)).isEmpty();
    advance(LEASE);
    assertThat(pullOne().attempt()).isEqualTo(2);
  }

  @Test
  void aRestartKeepsTheDelayOfATaskThatWasGivenBack() throws InterruptedException {
    push("a");
    pullOne().nak(Duration.ofHours(1));
    faults.restart();

    advance(Duration.ofHours(1).minus(TICK));
    assertThat(pull(10)).isEmpty();
    advance(TICK);
    assertThat(pullOne().attempt()).isEqualTo(2);
  }

  @Test
  void aPullWaitsThroughARestart() throws Exception {
    Running<List<Delivery>> waiting = blockedPull(puller, 1, Duration.ofMinutes(1));

    faults.restart();

    push("a");
    assertThat(ids(waiting.get())).containsExactly("a");
  }

  @Test
  void aCrashForgetsTheLatestDeliveries() throws InterruptedException {
    push("old", "new", "ready");
    pullOne();
    advance(Duration.ofMillis(300));
    Delivery forgotten = pullOne();
    faults.crash(Duration.ofMillis(250));

    List<Delivery> again = pull(10);
    assertThat(ids(again)).containsExactly("new", "ready");
    assertThat(again.get(0).attempt()).isEqualTo(1);
    assertThat(forgotten.ack()).isEqualTo(Settlement.SETTLED);
    assertThat(partition.stats()).isEqualTo(new Stats(0, 2, 0));
  }

  @Test
  void anAckOfAForgottenDeliveryIsNotAnswered() throws InterruptedException {
    push("a");
    Delivery forgotten = pullOne();
    faults.crash(Duration.ofMillis(250));

    assertThatThrownBy(forgotten::ack).isInstanceOf(OutcomeUnknownException.class);

    assertThat(pullOne().attempt()).isEqualTo(1);
    assertThat(forgotten.ack()).isEqualTo(Settlement.SETTLED);
  }

  /** As on a server: see FaultsTest of the adapter. */
  @Test
  void anExtensionAndANakOfAForgottenDeliveryAreConfirmedWithoutEffect()
      throws InterruptedException {
    push("a");
    Delivery forgotten = pullOne();
    faults.crash(Duration.ofMillis(250));

    assertThat(forgotten.extend()).isTrue();
    assertThat(forgotten.nak(Duration.ofMinutes(1))).isEqualTo(Settlement.SETTLED);

    assertThat(pullOne().attempt()).isEqualTo(1);
  }

  @Test
  void aCrashCanLoseConfirmedAcks() throws InterruptedException {
    push("old", "new", "ready");
    pullOne().ack();
    advance(Duration.ofMillis(300));
    pullOne().ack();
    faults.crashLosingAcks(Duration.ofMillis(250));

    List<Delivery> again = pull(10);
    assertThat(ids(again)).containsExactly("new", "ready");
    assertThat(again.get(0).attempt()).isEqualTo(1);
  }

  @Test
  void aCrashCanStoreSettledTasksAgainWithoutDeliveringThem() throws InterruptedException {
    push("settled", "ready");
    pullOne().ack();
    advance(Duration.ofMillis(100));
    faults.crashStoringAgain(Duration.ofMillis(250));

    assertThat(partition.stats()).isEqualTo(new Stats(2, 0, 0));
    assertThat(partition.oldestAge()).contains(Duration.ofMillis(100));
    assertThat(partition.push(Task.of("settled", "x")).duplicate()).isTrue();
    List<Delivery> all = pull(10);
    assertThat(ids(all)).containsExactly("ready");
    all.get(0).ack();
    assertThat(pull(10)).isEmpty();
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));

    faults.deleteConsumer("p");
    assertThatThrownBy(() -> partition.stats()).isInstanceOf(QueueUnavailableException.class);
    assertThat(pullIds(10)).containsExactly("settled");
  }

  @Test
  void tasksStoredAgainCountAgainstTheLimit() throws InterruptedException {
    InMemoryServer own = InMemoryServer.create(clock);
    try (TaskQueue small = own.connect(CONFIG.withMaxTasks(1))) {
      Partition one = small.partition("p");
      one.push(task("settled"));
      one.puller().pull(1, Duration.ZERO).get(0).ack();
      own.faults().crashStoringAgain(Duration.ofMillis(250));

      assertThatThrownBy(() -> one.push(task("next"))).isInstanceOf(QueueFullException.class);
    }
  }

  @Test
  void aDeletedConsumerIsAnErrorOnce() throws Exception {
    push("a", "b", "c");
    Delivery first = pullOne();
    pull(2);
    Running<List<Delivery>> waiting = blockedPull(puller, 1, Duration.ofMinutes(1));
    faults.deleteConsumer("p");

    assertThatThrownBy(waiting::get)
        .hasCauseInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("partition p");
    push("d");
    assertThat(queue.partition("p")).isSameAs(partition);
    assertThatThrownBy(() -> pull(1)).isInstanceOf(QueueUnavailableException.class);
    assertThat(queue.health()).isEqualTo(Health.up());
    List<Delivery> again = pull(10);
    assertThat(ids(again)).containsExactly("a", "b", "c", "d");
    assertThat(again).extracting(Delivery::attempt).containsOnly(1);
    assertThat(first.ack()).isEqualTo(Settlement.SETTLED);
  }

  @Test
  void eachCallThatMissesAConsumerCreatesItAgain() throws Exception {
    push("a");
    Delivery held = pullOne();
    faults.deleteConsumer("p");
    assertThatThrownBy(held::ack).isInstanceOf(QueueUnavailableException.class);
    assertThat(queue.health()).isEqualTo(Health.up());
    faults.deleteConsumer("p");
    assertThatThrownBy(() -> partition.stats()).isInstanceOf(QueueUnavailableException.class);
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
    faults.deleteConsumer("p");
    assertThat(queue.health()).isEqualTo(new Health(true, false, List.of("partition p is gone")));
    assertThat(queue.health()).isEqualTo(Health.up());
    faults.deleteConsumer("p");
    try (Puller another = partition.puller()) {
      assertThat(ids(another.pull(1, Duration.ZERO))).containsExactly("a");
    }
    faults.deleteConsumer("p");
    try (TaskQueue client = server.connect(CONFIG)) {
      assertThat(client.partition("p").stats()).isEqualTo(new Stats(1, 0, 0));
    }
  }

  @Test
  void whatIsAsOldAsTheUnwrittenTimeIsWritten() throws InterruptedException {
    push("acked", "leased");
    pullOne().ack();
    Delivery leased = pullOne();
    advance(Duration.ofMillis(250));
    faults.crashLosingAcks(Duration.ofMillis(250));

    assertThat(pull(10)).isEmpty();
    assertThat(leased.ack()).isEqualTo(Settlement.SETTLED);
    assertThat(partition.stats()).isEqualTo(new Stats(0, 0, 0));
  }

  @Test
  void theEventsAndAttemptsShowWhatACrashForgot() throws InterruptedException {
    push("acked", "leased");
    pullOne().ack();
    pullOne();
    faults.crashLosingAcks(LEASE);
    pullOne().ack();
    faults.crashStoringAgain(LEASE);
    faults.deleteConsumer("p");

    assertThat(server.events())
        .containsExactly(
            "+0s p/acked: stored",
            "+0s p/leased: stored",
            "+0s p/acked: leased to puller 1 until +10s (attempt 1)",
            "+0s p/acked: acked (attempt 1)",
            "+0s p/leased: leased to puller 1 until +10s (attempt 1)",
            "+0s: fault: crash",
            "+0s p/acked: fault: ack forgotten",
            "+0s p/leased: fault: delivery forgotten (attempt 1)",
            "+0s p/acked: leased to puller 1 until +10s (attempt 1)",
            "+0s p/acked: acked (attempt 1)",
            "+0s: fault: crash",
            "+0s p/acked: fault: settled, and stored again (attempt 1)",
            "+0s p: fault: consumer deleted",
            "+0s p/acked: fault: settled, and delivered again");
    assertThat(server.task("p", "leased").orElseThrow().attempts())
        .singleElement()
        .extracting(TaskSnapshot.Attempt::end)
        .isEqualTo("fault: delivery forgotten");
  }

  @Test
  void eachPartitionGetsItsOwnTasksBack() throws InterruptedException {
    Partition other = queue.partition("q");
    other.push(task("b"));
    push("a");
    pullOne().ack();
    Puller ofOther = other.puller();
    ofOther.pull(1, Duration.ZERO).get(0).ack();
    faults.crashLosingAcks(LEASE);

    assertThat(pullIds(10)).containsExactly("a");
    assertThat(ids(ofOther.pull(10, Duration.ZERO))).containsExactly("b");
  }

  /** The events have an ack of each of its deliveries. */
  @Test
  void aTaskWhoseAckIsForgottenTwiceIsStoredOnce() throws InterruptedException {
    push("a");
    for (int i = 0; i < 3; i++) {
      pullOne().ack();
      faults.crashLosingAcks(LEASE);
      assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
    }
    faults.crashLosingAcks(LEASE);
    assertThat(pullIds(10)).containsExactly("a");
  }

  @Test
  void aTaskThatIsStoredAgainComesBackOnce() throws InterruptedException {
    push("a");
    pullOne().ack();
    faults.crashStoringAgain(LEASE);
    faults.crashStoringAgain(LEASE);
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
    faults.crashLosingAcks(LEASE);

    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
    assertThat(pullIds(10)).containsExactly("a");
    assertThat(partition.stats()).isEqualTo(new Stats(0, 1, 0));
  }

  @Test
  void aWaitingPullGetsATaskWhoseDeliveryIsForgotten() throws Exception {
    push("a");
    pullOne();
    Running<List<Delivery>> waiting = blockedPull(partition.puller(), 1, Duration.ofMinutes(1));

    faults.crash(LEASE);

    assertThat(server.blockedPulls()).isZero();
    assertThat(waiting.get().get(0).attempt()).isEqualTo(1);
  }

  /** After the restart the lease counts from the push. */
  @Test
  void aWaitingPullGetsATaskWhoseLeaseEndsByARestart() throws Exception {
    push("a");
    advance(LEASE);
    pullOne();
    Running<List<Delivery>> waiting = blockedPull(partition.puller(), 1, Duration.ofMinutes(1));

    faults.restart();

    assertThat(server.blockedPulls()).isZero();
    assertThat(waiting.get().get(0).attempt()).isEqualTo(2);
  }

  @Test
  void anIdThatSurvivesARestartIsForgottenAtItsTime() throws InterruptedException {
    push("ready", "settled");
    Delivery ready = pullOne();
    pullOne().ack();
    advanceSeconds(1);
    faults.restart();
    ready.ack();

    assertThat(clock.advanceToNext()).isTrue();
    assertThat(clock.now()).isEqualTo(ManualClock.DEFAULT_START.plus(WINDOW));
    assertThat(partition.push(task("ready")).duplicate()).isFalse();
  }

  @Test
  void aRestartWithoutStoredTasksForgetsEveryId() throws InterruptedException {
    push("settled");
    pullOne().ack();
    faults.restart();

    assertThat(clock.advanceToNext()).isFalse();
  }

  /** A redrive stores the task with another message id. */
  @Test
  void aRestartForgetsTheIdOfARedrivenTask() throws InterruptedException {
    push("a");
    pullOne().deadLetter("no");
    assertThat(partition.deadLetters().redriveOldest(1)).isEqualTo(1);
    assertThat(partition.push(task("a")).duplicate()).isTrue();
    faults.restart();

    assertThat(partition.push(task("a")).duplicate()).isFalse();
    assertThat(partition.stats()).isEqualTo(new Stats(2, 0, 0));
  }
}
