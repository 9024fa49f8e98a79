// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.jetlane.DeadLetter;
import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.Task;
import dev.jetlane.inmemory.TaskSnapshot.Attempt;
import dev.jetlane.inmemory.TaskSnapshot.State;
import dev.jetlane.inmemory.model.EventLog;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InspectionTest extends QueueTest {

  private static final Instant START = ManualClock.DEFAULT_START;

  @Test
  void everyTaskIsShownWithItsState() throws InterruptedException {
    push("acked", "dead", "back", "delayed", "leased", "new");
    pullOne().ack();
    pullOne().deadLetter("no good");
    Delivery back = pullOne();
    pullOne().nak(Duration.ofSeconds(3));
    pullOne();
    back.nak();

    assertThat(server.tasks("p"))
        .extracting(
            TaskSnapshot::taskId,
            TaskSnapshot::state,
            TaskSnapshot::deliveries,
            TaskSnapshot::until,
            TaskSnapshot::holder,
            TaskSnapshot::reason)
        .containsExactly(
            tuple("dead", State.DEAD, 1, null, null, "no good"),
            tuple("back", State.READY, 1, null, null, null),
            tuple("delayed", State.DELAYED, 1, START.plusSeconds(3), null, null),
            tuple("leased", State.LEASED, 1, START.plus(LEASE), "puller 1", null),
            tuple("new", State.READY, 0, null, null, null));
    assertThat(server.tasks("never-opened")).isEmpty();
  }

  @Test
  void oneTaskIsFoundByItsId() throws InterruptedException {
    partition.push(Task.of("a", "x").withHeader("k", "v"));

    assertThat(server.task("p", "a"))
        .hasValueSatisfying(
            task -> {
              assertThat(task.partition()).isEqualTo("p");
              assertThat(task.task().headers()).containsEntry("k", "v");
            });

    pullOne().ack();
    assertThat(server.task("p", "a")).isEmpty();
  }

  @Test
  void theNewestOfSeveralWithTheSameIdIsFound() throws InterruptedException {
    push("a");
    pullOne().deadLetter("no");
    advance(WINDOW);
    push("a");

    assertThat(server.task("p", "a")).map(TaskSnapshot::state).contains(State.READY);
    assertThat(server.tasks("p")).extracting(TaskSnapshot::taskId).containsExactly("a", "a");
  }

  @Test
  void everyAttemptIsShown() throws InterruptedException {
    push("a");
    pullOne();
    advanceSeconds(12);
    Puller second = partition.puller();
    second.pull(1, Duration.ZERO).get(0).nak(Duration.ofSeconds(1));
    advanceSeconds(2);
    pullOne();

    assertThat(server.task("p", "a").orElseThrow().attempts())
        .containsExactly(
            new Attempt(1, "puller 1", START, "lease ended", START.plusSeconds(10)),
            new Attempt(
                2,
                "puller 2",
                START.plusSeconds(12),
                "given back for later",
                START.plusSeconds(12)),
            new Attempt(3, "puller 1", START.plusSeconds(14), null, null));
  }

  @Test
  void ofVeryManyAttemptsTheLatestAreShown() throws InterruptedException {
    configure(CONFIG.withMaxDeliveries(10_000));
    push("a");
    for (int i = 0; i < 1_234; i++) {
      pullOne().nak();
    }

    List<Attempt> attempts = server.task("p", "a").orElseThrow().attempts();

    assertThat(attempts).hasSize(dev.jetlane.inmemory.model.Attempt.KEPT);
    assertThat(attempts.get(0).number())
        .isEqualTo(1_234 - dev.jetlane.inmemory.model.Attempt.KEPT + 1);
  }

  @Test
  void theEventsShowTheHistory() throws InterruptedException {
    push("a");
    partition.push(Task.of("a", "x"));
    Delivery first = pullOne();
    advance(Duration.ofMillis(500));
    first.extend();
    advance(LEASE);
    pullOne().nak(Duration.ofSeconds(2));
    advanceSeconds(2);
    pullOne().nak();
    pullOne().deadLetter("no good");
    partition.deadLetters().redriveOldest(1);
    server.faults().loseNextConfirmation(Faults.Call.ACK);
    Delivery last = pullOne();
    assertThatThrownBy(last::ack).hasMessageContaining("fault");

    assertThat(server.events())
        .containsExactly(
            "+0s p/a: stored",
            "+0s p: duplicate of a",
            "+0s p/a: leased to puller 1 until +10s (attempt 1)",
            "+0.5s p/a: lease extended until +10.5s (attempt 1)",
            "+10.5s p/a: lease ended (attempt 1)",
            "+10.5s p/a: leased to puller 1 until +20.5s (attempt 2)",
            "+10.5s p/a: given back for later until +12.5s (attempt 2)",
            "+12.5s p/a: delay ended (attempt 2)",
            "+12.5s p/a: leased to puller 1 until +22.5s (attempt 3)",
            "+12.5s p/a: given back (attempt 3)",
            "+12.5s p/a: leased to puller 1 until +22.5s (attempt 4)",
            "+12.5s p/a: dead: no good (attempt 4)",
            "+12.5s p/a: stored",
            "+12.5s p/a: leased to puller 1 until +22.5s (attempt 1)",
            "+12.5s p/a: acked (attempt 1)",
            "+12.5s: fault: ACK confirmation lost");
  }

  @Test
  void onlyTheLatestEventsAreKept() {
    for (int i = 0; i < 5_000; i++) {
      push("t" + i);
    }

    assertThat(server.events())
        .hasSize(EventLog.CAPACITY)
        .startsWith("+0s p/t904: stored")
        .endsWith("+0s p/t4999: stored");
  }

  @Test
  void extensionsInARowAreOneEventAndOthersEndTheRow() throws InterruptedException {
    push("a", "b");
    Delivery a = pullOne();
    Delivery b = pullOne();
    for (int i = 0; i < 1_000; i++) {
      advanceSeconds(1);
      a.extend();
      b.extend();
    }
    a.nak(Duration.ofSeconds(1));
    advanceSeconds(1);
    pullOne().extend();

    assertThat(server.events())
        .containsExactly(
            "+0s p/a: stored",
            "+0s p/b: stored",
            "+0s p/a: leased to puller 1 until +10s (attempt 1)",
            "+0s p/b: leased to puller 1 until +10s (attempt 1)",
            "+1s p/a: lease extended 1000 times, last at +1000s, until +1010s (attempt 1)",
            "+1s p/b: lease extended 1000 times, last at +1000s, until +1010s (attempt 1)",
            "+1000s p/a: given back for later until +1001s (attempt 1)",
            "+1001s p/a: delay ended (attempt 1)",
            "+1001s p/a: leased to puller 1 until +1011s (attempt 2)",
            "+1001s p/a: lease extended until +1011s (attempt 2)");
  }

  @Test
  void extensionsThatTheFullLogDroppedAreANewEvent() throws InterruptedException {
    push("a");
    Delivery a = pullOne();
    a.extend();
    for (int i = 0; i < EventLog.CAPACITY; i++) {
      push("t" + i);
    }
    a.extend();

    assertThat(server.events())
        .hasSize(EventLog.CAPACITY)
        .startsWith("+0s p/t1: stored")
        .endsWith("+0s p/a: lease extended until +10s (attempt 1)");
  }

  @Test
  void leaksAreNamedOneByOne() throws Exception {
    push("a", "b");
    Delivery held = pullOne();
    Puller ahead = partition.puller(PullOptions.defaults().withPrefetch(1));
    server.faults().refuseNext(Faults.Call.NAK);
    Running<List<Delivery>> worker =
        blockedPull(queue.partition("q").puller(), 1, Duration.ofMinutes(1));

    assertThat(server.leaks())
        .containsExactly(
            "unsettled delivery: p/a (attempt 1), held by puller 1 until +10s",
            "unclosed puller: puller 1 of partition p",
            "unclosed puller: puller 2 of partition p",
            "unclosed puller: puller 3 of partition q",
            "running worker: 1 pulls wait in q",
            "fault that never happened: NAK refused");
    assertThatThrownBy(server::assertNoLeaks)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("\n  unclosed puller: puller 2 of partition p")
        .hasMessageContaining("\n  +0s p/a: leased to puller 1");

    held.ack();
    ahead.close();
    server.faults().clear();
    queue.close();
    assertThatThrownBy(worker::get).hasMessageContaining("closed");
    assertThat(server.leaks()).isEmpty();
    server.assertNoLeaks();
  }

  @Test
  void anExpiredLeaseIsNoLeak() throws InterruptedException {
    push("a");
    pullOne();
    advance(LEASE);
    puller.close();

    assertThat(server.leaks()).isEmpty();
  }

  @Test
  void workersAreAwaited() throws Exception {
    List<String> done = new java.util.concurrent.CopyOnWriteArrayList<>();
    for (int i = 0; i < 2; i++) {
      Puller mine = partition.puller();
      new Running<>(
          () -> {
            while (true) {
              for (Delivery delivery : mine.pull(1, Duration.ofHours(1))) {
                if (delivery.attempt() == 1) {
                  delivery.nak(Duration.ofSeconds(5));
                } else {
                  done.add(delivery.taskId());
                  delivery.ack();
                }
              }
            }
          });
    }
    server.awaitWorkers(2);

    push("a", "b", "c");
    server.awaitWorkers(2);
    assertThat(server.tasks("p")).extracting(TaskSnapshot::state).containsOnly(State.DELAYED);
    assertThat(done).isEmpty();

    advanceSeconds(5);
    server.awaitWorkers(2);
    assertThat(done).containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void badNamesAreRefused() {
    assertThatThrownBy(() -> server.tasks("a.b")).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> server.task("p", "a b")).isInstanceOf(InvalidInputException.class);
  }

  /** The leases end in another order than that of the pushes. */
  @Test
  void leaksAreInTheOrderOfThePushes() throws InterruptedException {
    push("a", "b", "c");
    List<Delivery> all = pull(3);
    puller.close();
    advanceSeconds(1);
    all.get(0).extend();

    assertThat(server.leaks())
        .containsExactly(
            "unsettled delivery: p/a (attempt 1), held by puller 1 until +11s",
            "unsettled delivery: p/b (attempt 1), held by puller 1 until +10s",
            "unsettled delivery: p/c (attempt 1), held by puller 1 until +10s");
  }

  @Test
  void theEventsOfATaskAreThoseOfItsPartition() throws InterruptedException {
    push("a", "b");
    queue.partition("q").push(Task.of("a", "x"));
    advanceSeconds(1);
    pullOne().ack();

    assertThat(server.events("p", "a"))
        .containsExactly(
            "+0s p/a: stored",
            "+1s p/a: leased to puller 1 until +11s (attempt 1)",
            "+1s p/a: acked (attempt 1)");
  }

  @Test
  void theEventsShowThatATaskIsUsedUp() throws InterruptedException {
    configure(CONFIG.withMaxDeliveries(1));
    push("a");
    pullOne();
    advance(LEASE);
    assertThat(pull(1)).isEmpty();

    assertThat(server.events("p", "a"))
        .containsExactly(
            "+0s p/a: stored",
            "+0s p/a: leased to puller 1 until +10s (attempt 1)",
            "+10s p/a: lease ended (attempt 1)",
            "+10s p/a: dead: " + DeadLetter.MAX_DELIVERIES + " (attempt 1)");
  }

  @Test
  void idleWorkersThatAreNotExpectedAreReported() {
    assertThatThrownBy(() -> server.awaitWorkers(1))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("workers are not idle after 10 s: 0 pulls wait, 1 expected")
        .hasMessageContaining("unclosed puller: puller 1 of partition p");
  }

  /** The task died long after the end of its lease. */
  @Test
  void aDeadTaskShowsItsAttemptsEachWithItsFirstEnd() throws InterruptedException {
    configure(CONFIG.withMaxDeliveries(2));
    push("a");
    pullOne().nak();
    pullOne();
    advance(LEASE);
    advanceSeconds(5);
    assertThat(pull(1)).isEmpty();

    TaskSnapshot dead = server.task("p", "a").orElseThrow();

    Instant start = START;
    assertThat(dead.state()).isEqualTo(State.DEAD);
    assertThat(dead.deliveries()).isEqualTo(2);
    assertThat(dead.reason()).isEqualTo(DeadLetter.MAX_DELIVERIES);
    assertThat(dead.attempts())
        .containsExactly(
            new Attempt(1, "puller 1", start, "given back", start),
            new Attempt(2, "puller 1", start, "lease ended", start.plus(LEASE)));
  }

  /** Two pullers hold the task, and both settle it. */
  @Test
  void theFirstEndOfAnAttemptCounts() throws InterruptedException {
    push("a");
    server.faults().duplicateNextDelivery();
    Delivery first = pullOne();
    Delivery second = pullOne();
    advanceSeconds(1);
    first.nak(Duration.ofSeconds(3));
    advanceSeconds(1);
    second.deadLetter("no");

    assertThat(server.task("p", "a").orElseThrow().attempts())
        .contains(new Attempt(2, "puller 1", START, "given back for later", START.plusSeconds(1)));
  }

  @Test
  void exactlyAsManyAttemptsAsAreKeptAreShown() throws InterruptedException {
    configure(CONFIG.withMaxDeliveries(10_000));
    push("a");
    int kept = dev.jetlane.inmemory.model.Attempt.KEPT;
    for (int i = 1; i <= 2 * kept + 1; i++) {
      pullOne().nak();
      List<Attempt> attempts = server.task("p", "a").orElseThrow().attempts();
      assertThat(attempts).hasSize(Math.min(i, kept));
      assertThat(attempts.get(0).number()).isEqualTo(Math.max(1, i - kept + 1));
      assertThat(attempts.get(attempts.size() - 1).number()).isEqualTo(i);
    }
  }

  @Test
  void badNamesOfEventsAreRefused() {
    for (Runnable call :
        List.<Runnable>of(
            () -> server.events("a.b", "x"),
            () -> server.events("p", "a b"),
            () -> server.task("a.b", "x"))) {
      assertThatThrownBy(call::run).isInstanceOf(InvalidInputException.class);
    }
    assertThat(server.events("never-opened", "x")).isEmpty();
    assertThat(server.task("never-opened", "x")).isEmpty();
  }

  /** A snapshot is of one moment. */
  @Test
  void aSnapshotDoesNotChange() throws InterruptedException {
    push("a");
    Delivery first = pullOne();
    List<TaskSnapshot> all = server.tasks("p");
    TaskSnapshot before = all.get(0);
    first.nak();
    pullOne();
    assertThat(before.attempts()).containsExactly(new Attempt(1, "puller 1", START, null, null));
    assertThat(before.deliveries()).isEqualTo(1);
    assertThat(all).isUnmodifiable();
    List<Attempt> attempts = new ArrayList<>(before.attempts());
    TaskSnapshot copy =
        new TaskSnapshot("p", before.task(), State.READY, 1, null, null, null, attempts);
    attempts.clear();
    assertThat(copy.attempts()).hasSize(1).isUnmodifiable();
  }
}
