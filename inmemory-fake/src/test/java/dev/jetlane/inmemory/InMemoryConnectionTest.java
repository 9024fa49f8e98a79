// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Limits;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.inmemory.model.PartitionState;
import dev.jetlane.inmemory.time.Timed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that fail or are not answered, and what they leave behind. */
@Timeout(60)
class InMemoryConnectionTest extends QueueTest {

  private interface Prepare {
    void of(Faults faults);
  }

  private static final Duration TOO_SLOW = Duration.ofSeconds(5).plusNanos(1);

  private PartitionState state(String name) {
    return server.state().require(name);
  }

  /** During the wait other calls set the time that a call takes. */
  @Test
  void aPullThatWaitsTakesNoTimeOfOtherCalls() throws Exception {
    Running<List<Delivery>> waiting = blockedPull(puller, 1, Duration.ofHours(1));
    server.faults().slowExchanges(Duration.ofSeconds(1));
    Instant before = clock.now();
    push("a");
    assertThat(ids(waiting.get())).containsExactly("a");
    assertThat(clock.now()).isEqualTo(before.plusSeconds(1));
  }

  /** The second call must not add the client a second time. */
  @Test
  void aPartitionWhoseOpeningWasNotAnsweredHasItsClientOnce() {
    server.faults().slowExchanges(Duration.ofMillis(2_500));
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> queue.partition("new")).isInstanceOf(OutcomeUnknownException.class);
    }
    server.faults().clear();
    assertThat(queue.partition("new").stats()).isEqualTo(new Stats(0, 0, 0));
    assertThat(state("new").keepers).hasSize(1);
    queue.close();
    assertThat(state("new").keepers).isEmpty();
  }

  /** Another client keeps its own. */
  @Test
  void aClosedClientLeavesNoTimedWork() throws InterruptedException {
    try (TaskQueue other = server.connect(CONFIG)) {
      PullOptions kept = PullOptions.defaults().withKeepFor(Duration.ofHours(1));
      Puller ofOther = other.partition("p").puller(kept);
      push("a", "b");
      Delivery a = partition.puller(kept).pull(1, Duration.ZERO).get(0);
      Delivery b = ofOther.pull(1, Duration.ZERO).get(0);
      assertThat(state("p").keepers).hasSize(2);
      queue.close();
      assertThat(state("p").keepers).hasSize(1);
      advance(LEASE.multipliedBy(3));
      assertThat(b.leaseExpired()).isFalse();
      assertThat(server.events("p", "a")).anyMatch(line -> line.contains("lease ended"));
      assertThat(server.events("p", "b")).noneMatch(line -> line.contains("lease ended"));
      assertThat(a.taskId()).isEqualTo("a");
    }
    assertThat(state("p").keepers).isEmpty();
    assertThat(server.leaks()).noneMatch(leak -> leak.startsWith("unclosed"));
  }

  @Test
  void noFailedCallKeepsTheLock() throws Exception {
    Map<String, Prepare> failures = new LinkedHashMap<>();
    failures.put("disconnected", Faults::disconnect);
    failures.put("too slow", faults -> faults.slowExchanges(TOO_SLOW));
    failures.put("refused", faults -> faults.refuseNext(Faults.Call.PUSH));
    failures.put("lost", faults -> faults.loseNext(Faults.Call.PUSH));
    failures.put("unconfirmed", faults -> faults.loseNextConfirmation(Faults.Call.PUSH));
    failures.put("full", faults -> faults.full(true));
    for (Map.Entry<String, Prepare> failure : failures.entrySet()) {
      failure.getValue().of(server.faults());
      assertThatThrownBy(() -> partition.push(Task.withRandomId("x"))).isNotNull();
      server.faults().clear();
      assertThat(new Running<>(() -> partition.stats().dead()).get())
          .as("another thread after a push that was %s", failure.getKey())
          .isZero();
    }
    queue.close();
    assertThatThrownBy(() -> partition.stats()).isNotNull();
    try (TaskQueue other = server.connect(CONFIG)) {
      assertThat(new Running<>(() -> other.partition("p").stats().dead()).get()).isZero();
    }
  }

  /** A client cannot create what it cannot reach. */
  @Test
  void theHealthOfADisconnectedClientCreatesNoConsumer() throws InterruptedException {
    push("a");
    server.faults().deleteConsumer("p");
    server.faults().disconnect();
    assertThat(queue.health()).isEqualTo(new Health(false, false, List.of("disconnected")));
    assertThat(state("p").isConsumerDeleted()).isTrue();
    server.faults().reconnect();
    assertThat(queue.health()).isEqualTo(new Health(true, false, List.of("partition p is gone")));
    assertThat(pullIds(1)).containsExactly("a");
  }

  @Test
  void healthIsThatOfThePartitionsOfAClient() {
    assertThat(queue.partition("q").name()).isEqualTo("q");
    try (TaskQueue other = server.connect(CONFIG)) {
      Partition third = other.partition("third");
      for (String name : List.of("third", "q", "p")) {
        server.faults().deleteConsumer(name);
      }
      assertThat(queue.health())
          .isEqualTo(
              new Health(true, false, List.of("partition p is gone", "partition q is gone")));
      assertThat(queue.health()).isEqualTo(Health.up());
      assertThat(state("third").isConsumerDeleted()).as("of another client").isTrue();
      assertThat(other.health().problems()).containsExactly("partition third is gone");
      assertThat(third.stats()).isEqualTo(new Stats(0, 0, 0));
    }
  }

  @Test
  void aPartitionAtItsMaximumIsAWarningThatIsToldWhenItBegins() throws InterruptedException {
    List<String> told = new ArrayList<>();
    QueueListener listener =
        new QueueListener() {
          @Override
          public void warned(QueueEvent.Warned event) {
            told.add(event.text());
          }
        };
    QueueConfig two = CONFIG.withMaxOutstanding(2).withPriorities(2);
    configure(two);
    try (TaskQueue client = server.connect(two, List.of(listener))) {
      Partition own = client.partition("p");
      for (int i = 0; i < 2; i++) {
        own.push(Task.of("low-" + i, "x"));
        own.push(Task.of("high-" + i, "x").withPriority(1));
      }
      List<Delivery> held = new ArrayList<>(own.puller().pull(1, Duration.ZERO));
      assertThat(client.health()).isEqualTo(Health.up());
      for (int i = 0; i < 2; i++) {
        held.addAll(own.puller().pull(1, Duration.ZERO));
        Health full = client.health();
        assertThat(full.ready()).isTrue();
        assertThat(full.problems())
            .hasSize(1)
            .element(0)
            .asString()
            .contains("p has 2 outstanding");
      }
      assertThat(told).as("once").hasSize(1);
      held.get(0).ack();
      assertThat(client.health()).isEqualTo(Health.up());
      clock.advance(CONFIG.lease().plusSeconds(1));
      assertThat(client.health()).as("expired ones are outstanding").isEqualTo(Health.up());
      own.push(Task.of("high-2", "x").withPriority(1));
      assertThat(own.puller().pull(2, Duration.ZERO)).hasSize(2);
      assertThat(client.health().problems()).hasSize(1);
      assertThat(told).as("again").hasSize(2);
    }
  }

  /** A pull that fails must not leave a request that takes a task. */
  @Test
  void aFailedPullLeavesNothing() throws Exception {
    server.faults().deleteConsumer("p");
    assertThatThrownBy(() -> puller.pull(1, Duration.ofHours(1)))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("partition p is gone: consumer deleted");
    server.faults().disconnect();
    assertThat(puller.pullAsync(1, Duration.ofHours(1))).isCompletedExceptionally();
    assertThatThrownBy(() -> puller.pull(1, Duration.ofHours(1)))
        .isInstanceOf(QueueUnavailableException.class);
    server.faults().reconnect();
    assertThat(server.blockedPulls()).isZero();
    assertThat(server.state().unattended).isZero();
    assertThat(state("p").nextEventNanos()).isEqualTo(Timed.NEVER);
    push("a");
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
    assertThat(pullIds(1)).containsExactly("a");
  }

  private long secondsOf(Runnable call) {
    Instant before = clock.now();
    call.run();
    return Duration.between(before, clock.now()).toSeconds();
  }

  /** One delayed task of a batch is enough: the client counts the tasks first. */
  @Test
  void aBatchWithADelayedTaskIsCountedFirst() {
    List<Task> ready = List.of(Task.of("a", "x"), Task.of("b", "x"));
    List<Task> mixed =
        List.of(
            Task.of("c", "x"), Task.of("d", "x").withDelay(Duration.ofHours(1)), Task.of("e", "x"));
    configure(CONFIG.withMaxTasks(10));
    server.faults().slowExchanges(Duration.ofSeconds(1));
    assertThat(secondsOf(() -> partition.pushAtomically(ready))).isEqualTo(1);
    assertThat(secondsOf(() -> partition.pushAtomically(mixed))).isEqualTo(2);
    configure(CONFIG);
    server.faults().slowExchanges(Duration.ofSeconds(1));
    assertThat(secondsOf(() -> partition.pushAtomically(mixed))).isEqualTo(1);
  }

  @Test
  void faultsOfAPushHitADelayedPushIntoALimitedPartition() {
    configure(CONFIG.withMaxTasks(10));
    Task later = Task.of("later", "x").withDelay(Duration.ofHours(1));
    server.faults().refuseNext(Faults.Call.PUSH);
    assertThatThrownBy(() -> partition.push(later)).isInstanceOf(QueueUnavailableException.class);
    server.faults().loseNext(Faults.Call.PUSH);
    assertThatThrownBy(() -> partition.push(later)).isInstanceOf(OutcomeUnknownException.class);
    assertThat(partition.stats().delayed()).isZero();
    server.faults().loseNextConfirmation(Faults.Call.PUSH);
    assertThatThrownBy(() -> partition.pushAtomically(List.of(later)))
        .isInstanceOf(OutcomeUnknownException.class);
    assertThat(partition.stats().delayed()).isEqualTo(1);
    assertThat(server.faults().happened()).isEqualTo(3);
  }

  /** A release of the last attempt stores the task again, and then removes the old one. */
  @Test
  void aReleaseOfALastAttemptHasTwoExchanges() throws InterruptedException {
    configure(CONFIG.withMaxDeliveries(1));
    push("a", "b");
    Delivery a = pullOne();
    server.faults().slowExchanges(Duration.ofSeconds(1));
    assertThat(secondsOf(a::release)).isEqualTo(2);
    assertThat(server.events("p", "a")).last().asString().endsWith("a: put back (attempt 1)");
    server.faults().clear();
    assertThat(pullIds(1)).as("behind the waiting tasks").containsExactly("b");
    Delivery again = pullOne();
    assertThat(again.attempt()).isEqualTo(1);
    server.faults().slowExchanges(Duration.ofSeconds(3));
    assertThatThrownBy(again::release).isInstanceOf(OutcomeUnknownException.class);
    server.faults().clear();
    assertThat(partition.stats()).isEqualTo(new Stats(1, 1, 0));
    assertThat(server.leaks()).noneMatch(leak -> leak.contains("p/a"));
  }

  /** Each end of a wait would be an event at which the clock of a test stops. */
  @Test
  void anIdleWorkerIsOneEventAtTheEndOfTheLongestWait() throws InterruptedException {
    try (Worker unused = partition.work(task -> {}, WorkerOptions.concurrency(1))) {
      server.awaitWorkers();
      assertThat(clock.advanceToNext()).isTrue();
      assertThat(clock.now()).isEqualTo(ManualClock.DEFAULT_START.plus(Limits.MAX_WAIT));
      server.awaitWorkers();
    }
  }
}
