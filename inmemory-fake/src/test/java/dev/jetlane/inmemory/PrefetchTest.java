// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PrefetchTest extends QueueTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private Puller prefetching(int tasks) {
    return partition.puller(PullOptions.defaults().withPrefetch(tasks));
  }

  /**
   * Returns a puller that leases ahead, because one of its pulls has got a task. That task is
   * settled.
   */
  private Puller used(int tasks) throws InterruptedException {
    Puller ahead = prefetching(tasks);
    push("first");
    ahead.pull(1, Duration.ZERO).get(0).ack();
    return ahead;
  }

  @Test
  void leasesNothingBeforeAPullGotSomething() throws InterruptedException {
    Puller ahead = prefetching(2);
    push("a");
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
    assertThat(pullIds(10)).containsExactly("a");
    assertThat(ahead.pull(1, Duration.ZERO)).isEmpty();
    push("b");

    assertThat(partition.stats()).isEqualTo(new Stats(1, 1, 0));
  }

  @Test
  void leasesAheadOfThePulls() throws InterruptedException {
    Puller ahead = used(2);
    push("a", "b", "c", "d");

    assertThat(partition.stats()).isEqualTo(new Stats(2, 2, 0));
    assertThat(pullIds(10)).containsExactly("c", "d");
    assertThat(ids(ahead.pull(1, Duration.ZERO))).containsExactly("a");
    push("e", "f");
    assertThat(pullIds(10)).containsExactly("f");
    assertThat(ids(ahead.pull(10, Duration.ZERO))).containsExactly("b", "e");
  }

  @Test
  void takesBufferAndBacklogInOnePull() throws InterruptedException {
    Puller ahead = used(1);
    push("a", "b", "c", "d");

    assertThat(ids(ahead.pull(3, Duration.ZERO))).containsExactly("a", "b", "c");
    assertThat(partition.stats()).isEqualTo(new Stats(0, 4, 0));
  }

  /** A full server refuses to store the task again. The time and the puller must continue. */
  @Test
  void aFullServerRefusesToTakeBackALastAttempt() throws InterruptedException {
    configure(CONFIG.withMaxDeliveries(1));
    Puller ahead = used(1);
    push("a");
    server.faults().full(true);
    advance(LEASE);

    assertThat(ahead.pull(1, Duration.ZERO)).isEmpty();
    assertThat(partition.deadLetters().list(10)).hasSize(1);
  }

  @Test
  void theLeaseRunsInTheBuffer() throws InterruptedException {
    Puller ahead = used(1);
    push("a");
    advanceSeconds(4);

    assertThat(ahead.pull(1, Duration.ZERO).get(0).leaseRemaining())
        .isEqualTo(LEASE.minusSeconds(4));
  }

  @Test
  void tasksWhoseLeaseEndsInTheBufferMakeRoomForOthers() throws InterruptedException {
    Puller ahead = used(4);
    push("a", "b", "c", "d", "e", "f", "g", "h");
    for (String next : List.of("a", "b", "e")) { // The leases of c and d end before the last pull.
      advanceSeconds(4);
      Delivery pulled = ahead.pull(1, Duration.ZERO).get(0);
      assertThat(pulled.taskId()).isEqualTo(next);
      pulled.ack();
    }

    assertThat(partition.stats().outstanding()).isEqualTo(4);
  }

  @Test
  void anIdlePullerGivesBackAndLeasesNothingMore() throws InterruptedException {
    Puller ahead = used(4);
    push("a", "b");
    advance(LEASE.dividedBy(2).minus(TICK));
    assertThat(pull(10)).isEmpty();
    advance(TICK);

    assertThat(pull(10)).extracting(Delivery::attempt).containsExactly(2, 2);
    push("c");
    Delivery late = pullOne();
    assertThat(late.attempt()).isEqualTo(1);
    late.nak();
    assertThat(ids(ahead.pull(1, Duration.ZERO))).containsExactly("c");
  }

  @Test
  void aPullerWithAWaitingPullIsNotIdle() throws Exception {
    Puller ahead = prefetching(2);
    Running<List<Delivery>> pull = blockedPull(ahead, 1, MINUTE.multipliedBy(10));
    advance(LEASE.multipliedBy(3));

    push("a", "b");

    assertThat(ids(pull.get())).containsExactly("a");
    assertThat(partition.stats()).isEqualTo(new Stats(0, 2, 0));
    advance(LEASE.dividedBy(2));
    assertThat(pullIds(10)).containsExactly("b");
  }

  @Test
  void anIdlePullerDoesNotGiveBackKeptTasks() throws InterruptedException {
    Puller ahead = partition.puller(PullOptions.defaults().withPrefetch(1).withKeepFor(MINUTE));
    push("first");
    ahead.pull(1, Duration.ZERO).get(0).ack();
    push("a");
    advance(LEASE.multipliedBy(2));

    assertThat(pull(10)).isEmpty();
    assertThat(ahead.pull(1, Duration.ZERO).get(0).attempt()).isEqualTo(1);
  }

  @Test
  void aTaskThatExpiresInTheBufferIsDroppedAndRedelivered() throws InterruptedException {
    Puller ahead = used(1);
    push("a");
    advance(LEASE);
    Delivery elsewhere = pullOne();
    assertThat(elsewhere.attempt()).isEqualTo(2);

    assertThat(ahead.pull(1, Duration.ZERO)).isEmpty();

    advance(LEASE);
    assertThat(ahead.pull(1, Duration.ZERO).get(0).attempt()).isEqualTo(3);
  }

  @Test
  void closingGivesTheBufferBackImmediately() throws InterruptedException {
    Puller ahead = used(2);
    push("a", "b", "c");
    ahead.close();

    List<Delivery> again = pull(10);
    assertThat(ids(again)).containsExactly("a", "b", "c");
    assertThat(again).extracting(Delivery::attempt).containsExactly(2, 2, 1);
  }

  @Test
  void aBlockedPullIsServedBeforeTheBuffer() throws Exception {
    Puller ahead = used(1);
    Running<List<Delivery>> pull = blockedPull(ahead, 1, MINUTE);

    push("a", "b", "c");

    assertThat(ids(pull.get())).containsExactly("a");
    assertThat(partition.stats()).isEqualTo(new Stats(1, 2, 0));
    assertThat(ids(ahead.pull(10, Duration.ZERO))).containsExactly("b", "c");
  }

  /** Otherwise it would take every second task, and the pull would return them out of order. */
  @Test
  void theBufferIsNotFilledWhileAnotherPullWaits() throws Exception {
    Puller ahead = prefetching(4);
    Running<List<Delivery>> first = blockedPull(ahead, 10, MINUTE);
    Running<List<Delivery>> second = blockedPull(ahead, 10, MINUTE);
    push("a");
    List<Delivery> one = new ArrayList<>(first.get());
    partition.pushAtomically(Stream.of("b", "c", "d", "e").map(id -> Task.of(id, "x")).toList());

    assertThat(ids(one)).containsExactly("a");
    assertThat(ids(second.get())).containsExactly("b", "c", "d", "e");
    push("f");
    assertThat(partition.stats().outstanding()).as("with the task in the buffer").isEqualTo(6);
  }

  @Test
  void theBufferIsFilledAgainAfterAPullThatGotNothing() throws Exception {
    Puller ahead = prefetching(1);
    Running<List<Delivery>> first = blockedPull(ahead, 1, MINUTE);
    Running<List<Delivery>> second = blockedPull(ahead, 1, MINUTE.multipliedBy(2));
    advance(MINUTE);
    assertThat(first.get()).isEmpty();

    push("a", "b");

    assertThat(ids(second.get())).containsExactly("a");
    assertThat(partition.stats()).isEqualTo(new Stats(0, 2, 0));
  }

  @Test
  void anInterruptedPullEndsTheLeasingAhead() throws Exception {
    Puller ahead = used(1);
    Running<List<Delivery>> pull = blockedPull(ahead, 1, MINUTE);
    pull.thread.interrupt();
    pull.thread.join();

    push("a", "b", "c");

    assertThat(partition.stats()).isEqualTo(new Stats(3, 0, 0));
    assertThat(ids(ahead.pull(1, Duration.ZERO))).containsExactly("a");
    assertThat(partition.stats()).isEqualTo(new Stats(1, 2, 0));
  }

  @Test
  void twoBuffersTakeTurns() throws InterruptedException {
    Puller one = prefetching(3);
    Puller two = prefetching(3);
    push("first", "second");
    one.pull(1, Duration.ZERO).get(0).ack();
    one.pull(1, Duration.ZERO).get(0).ack();
    // Each puller leases ahead after it got a task. The tasks in the buffer of the first one stay
    // there.
    push("third", "fourth", "fifth", "sixth");
    assertThat(ids(two.pull(1, Duration.ZERO))).containsExactly("sixth");

    push("a", "b", "c");

    assertThat(ids(two.pull(10, Duration.ZERO))).containsExactly("a", "b", "c");
    assertThat(ids(one.pull(10, Duration.ZERO))).containsExactly("third", "fourth", "fifth");
    push("d", "e", "f", "g");
    assertThat(ids(one.pull(10, Duration.ZERO))).containsExactly("e", "g");
    assertThat(ids(two.pull(10, Duration.ZERO))).containsExactly("d", "f");
  }

  /** A nak of the last attempt would make a dead letter of a task that no worker has seen. */
  @Test
  void closingPutsALastAttemptBackAsANewTask() throws InterruptedException {
    configure(CONFIG.withMaxDeliveries(1));
    Puller ahead = used(1);
    push("a");
    ahead.close();

    assertThat(pullOne().attempt()).isEqualTo(1);
    assertThat(server.events("p", "a")).contains("+0s p/a: put back (attempt 1)");
    assertThat(partition.deadLetters().list(1)).isEmpty();
  }

  @Test
  void closingGivesALastAttemptBackIfThereIsNoRoomForANewTask() throws InterruptedException {
    configure(CONFIG.withMaxDeliveries(1).withMaxTasks(1));
    Puller ahead = used(1);
    push("a");
    ahead.close();

    assertThat(partition.stats()).isEqualTo(new Stats(0, 1, 0));
    assertThat(pull(1)).isEmpty();
    assertThat(partition.deadLetters().list(1)).hasSize(1);
  }

  @Test
  void closingLeavesATaskThatAnAckRemoved() throws InterruptedException {
    configure(CONFIG.withMaxDeliveries(2));
    push("first", "a");
    Delivery late = pull(2).get(1);
    advance(LEASE);
    Puller ahead = prefetching(1);
    ahead.pull(1, Duration.ZERO).get(0).ack();
    late.ack();
    ahead.close();

    assertThat(partition.stats()).isEqualTo(new Stats(0, 0, 0));
  }

  @Test
  void aPullWithoutAThreadLeasesAheadToo() throws Exception {
    Puller ahead = prefetching(2);
    CompletableFuture<List<Delivery>> pull = ahead.pullAsync(1, MINUTE);

    push("a", "b", "c", "d");

    assertThat(ids(pull.join())).containsExactly("a");
    assertThat(partition.stats()).isEqualTo(new Stats(1, 3, 0));
    assertThat(ids(ahead.pull(10, Duration.ZERO))).containsExactly("b", "c", "d");
  }

  /** Otherwise a puller without a user would lease tasks. */
  @Test
  void aPullerThatIsClosedBesideAPullThatWasServedLeasesNothingMore() throws Exception {
    Puller ahead = prefetching(2);
    Running<List<Delivery>> pull = blockedPull(ahead, 1, MINUTE);
    server.time.lock();
    try {
      push("a");
      ahead.close();
    } finally {
      server.time.unlock();
    }
    assertThatThrownBy(pull::get).hasCauseInstanceOf(QueueClosedException.class);

    push("b", "c");

    assertThat(partition.stats()).isEqualTo(new Stats(2, 1, 0));
    assertThat(pullIds(10)).containsExactly("a", "b", "c");
  }

  /** The client of the closed puller must not extend the lease of the next holder. */
  @Test
  void aKeptTaskThatACloseGaveBackIsNotKeptForTheNextHolder() throws InterruptedException {
    Puller ahead =
        partition.puller(
            PullOptions.defaults().withPrefetch(1).withKeepFor(MINUTE.multipliedBy(9)));
    push("first");
    ahead.pull(1, Duration.ZERO).get(0).ack();
    push("a");
    ahead.close();
    assertThat(pullOne().attempt()).isEqualTo(2);

    advance(LEASE.minus(TICK));
    assertThat(pull(1)).isEmpty();
    advance(TICK);
    assertThat(pullOne().attempt()).isEqualTo(3);
  }

  /** The idle time counts from the latest pull, also from one that got nothing. */
  @Test
  void eachPullPutsTheIdleTimeOff() throws InterruptedException {
    Puller ahead = used(2);
    push("a");
    for (int i = 0; i < 2; i++) {
      advance(LEASE.dividedBy(2).minus(TICK));
      List<Delivery> got = ahead.pull(1, Duration.ZERO);
      assertThat(got).hasSize(i == 0 ? 1 : 0);
      got.forEach(Delivery::ack);
    }
    push("b");
    assertThat(pull(1)).as("leased ahead").isEmpty();
    advance(LEASE.dividedBy(2).minus(TICK));
    assertThat(pull(9)).isEmpty();
    advance(TICK);
    assertThat(pullIds(9)).containsExactly("b");
  }

  /** The lease of a late delivery ends before its puller is idle. */
  private Delivery expiredAheadAndTakenByAnother(Puller ahead) throws InterruptedException {
    server.faults().slowPulls(LEASE.dividedBy(5).multipliedBy(3));
    push("a");
    assertThat(partition.stats()).as("leased ahead").isEqualTo(new Stats(0, 1, 0));
    advance(LEASE.dividedBy(5).multipliedBy(2));
    server.faults().slowPulls(Duration.ZERO);
    Delivery next = pullOne();
    assertThat(next.attempt()).isEqualTo(2);
    assertThat(ahead).isNotNull();
    return next;
  }

  @Test
  void aCloseTakesNoExpiredTaskFromItsNextHolder() throws InterruptedException {
    Puller ahead = used(1);
    Delivery next = expiredAheadAndTakenByAnother(ahead);
    ahead.close();
    assertThat(pull(1)).as("the next holder keeps its task").isEmpty();
    assertThat(next.ack()).isEqualTo(Settlement.SETTLED);
    assertThat(partition.stats()).isEqualTo(new Stats(0, 0, 0));
  }

  @Test
  void anIdlePullerTakesNoExpiredTaskFromItsNextHolder() throws InterruptedException {
    Puller ahead = used(1);
    Delivery next = expiredAheadAndTakenByAnother(ahead);
    advance(LEASE.dividedBy(2));
    assertThat(pull(1)).as("the next holder keeps its task").isEmpty();
    assertThat(next.ack()).isEqualTo(Settlement.SETTLED);
    push("b");
    assertThat(partition.stats()).as("an idle puller leases nothing").isEqualTo(new Stats(1, 0, 0));
    assertThat(ids(ahead.pull(1, Duration.ZERO))).containsExactly("b");
  }

  /** The room of the tasks that an idle puller gave back. */
  @Test
  void aPullerLeasesItsWholePrefetchAheadAfterEachIdleTime() throws InterruptedException {
    configure(CONFIG.withMaxDeliveries(100));
    Puller ahead = used(3);
    push("a", "b", "c", "d");
    for (int idle = 0; idle < 3; idle++) {
      List<Delivery> rest = pull(9);
      assertThat(rest).as("not leased ahead before idle time %d", idle).hasSize(1);
      rest.get(0).nak();
      advance(LEASE.dividedBy(2));
      List<Delivery> back = pull(9);
      assertThat(back).as("given back in idle time %d", idle).hasSize(4);
      back.forEach(Delivery::nak);
      ahead.pull(1, Duration.ZERO).get(0).ack();
      push("more-" + idle);
    }
  }

  /** An interrupted pull must not count as one that waits. */
  @Test
  void aPullerIsIdleAfterAnInterruptedPull() throws Exception {
    Puller ahead = used(2);
    Running<List<Delivery>> pull = blockedPull(ahead, 1, MINUTE);
    pull.thread.interrupt();
    pull.thread.join();
    push("first-again", "a", "b", "c");
    ahead.pull(1, Duration.ZERO).get(0).ack();
    assertThat(partition.stats()).isEqualTo(new Stats(1, 2, 0));
    advance(LEASE.dividedBy(2));
    assertThat(pullIds(9)).as("given back by the idle puller").containsExactly("a", "b", "c");
  }

  @Test
  void aPullerIsIdleAfterACancelledOrFailedPull() throws Exception {
    Puller ahead = used(2);
    var cancelled = ahead.pullAsync(1, MINUTE);
    cancelled.cancel(true);
    var failed = ahead.pullAsync(1, MINUTE);
    server.faults().disconnect();
    server.faults().reconnect();
    assertThat(failed).isCompletedExceptionally();
    push("first-again", "a", "b", "c");
    ahead.pull(1, Duration.ZERO).get(0).ack();
    advance(LEASE.dividedBy(2));
    assertThat(pullIds(9)).as("given back by the idle puller").containsExactly("a", "b", "c");
  }

  /** A task that comes back to a closed puller would have no user. */
  @Test
  void aClosedPullerIsNoEventAndGivesNothingBackAgain() throws InterruptedException {
    Puller ahead = used(2);
    push("a");
    ahead.close();
    Delivery next = pullOne();
    assertThat(server.state().require("p").buffers).isEmpty();
    ahead.close();
    advance(LEASE.minus(TICK));
    assertThat(pull(9)).isEmpty();
    assertThat(next.ack()).isEqualTo(Settlement.SETTLED);
  }

  /** As on a server, where the request of a puller that leases ahead waits too. */
  @Test
  void aPullerThatLeasesAheadCountsAsAWaitingPull() throws InterruptedException {
    Puller ahead = used(2);
    PartitionAdmin admin = queue.admin().partition("p");
    assertThat(admin.summary().waitingPulls()).isEqualTo(1);
    assertThat(server.blockedPulls()).isZero();
    assertThatThrownBy(admin::delete).hasMessageEndingWith(", 1 pulls wait");
    push("a", "b", "c");
    assertThat(admin.summary().waitingPulls()).as("its buffer is full").isZero();
    ahead.close();
  }
}
