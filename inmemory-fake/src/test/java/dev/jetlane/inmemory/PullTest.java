// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.QueueClosedException;
import dev.jetlane.Stats;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PullTest extends QueueTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void aPushEndsTheWait() throws Exception {
    Running<List<Delivery>> pull = blockedPull(puller, 10, MINUTE);

    push("a");

    assertThat(ids(pull.get())).containsExactly("a");
  }

  @Test
  void theWaitIsOverAtItsVirtualInstant() throws Exception {
    Running<List<Delivery>> pull = blockedPull(puller, 1, MINUTE);

    advance(MINUTE.minus(TICK));
    assertThat(server.blockedPulls()).isEqualTo(1);
    advance(TICK);
    assertThat(server.blockedPulls()).isZero();

    assertThat(pull.get()).isEmpty();
  }

  @Test
  void aLeaseThatEndsServesAPullAtThatInstant() throws Exception {
    push("a");
    pullOne();
    advanceSeconds(4);
    Running<List<Delivery>> pull = blockedPull(puller, 1, MINUTE);

    advanceSeconds(8);

    Delivery again = pull.get().get(0);
    assertThat(again.attempt()).isEqualTo(2);
    // The new lease began when the first one ended, 2 s ago, and not when the thread woke up.
    assertThat(again.leaseRemaining()).isEqualTo(LEASE.minusSeconds(2));
  }

  @Test
  void aDelayThatEndsServesAPull() throws Exception {
    push("a");
    pullOne().nak(Duration.ofSeconds(3));
    Running<List<Delivery>> pull = blockedPull(puller, 1, MINUTE);

    advanceSeconds(3);

    assertThat(pull.get().get(0).attempt()).isEqualTo(2);
  }

  @Test
  void aNakServesAPull() throws Exception {
    push("a");
    Delivery first = pullOne();
    Running<List<Delivery>> pull = blockedPull(puller, 1, MINUTE);

    first.nak();

    assertThat(pull.get().get(0).attempt()).isEqualTo(2);
  }

  @Test
  void simultaneousRedeliveriesGoToOnePull() throws Exception {
    push("a", "b", "c");
    pull(3);
    Running<List<Delivery>> pull = blockedPull(puller, 2, MINUTE);

    advance(LEASE);

    assertThat(ids(pull.get())).containsExactly("a", "b");
    assertThat(pullIds(10)).containsExactly("c");
  }

  @Test
  void waitingPullsAreServedInTurn() throws Exception {
    Running<List<Delivery>> first = blockedPull(puller, 10, MINUTE);
    Running<List<Delivery>> second = blockedPull(partition.puller(), 10, MINUTE);

    push("a", "b", "c");

    assertThat(ids(first.get())).containsExactly("a");
    assertThat(ids(second.get())).containsExactly("b");
    assertThat(pullIds(10)).containsExactly("c");
  }

  @Test
  void onlyRedeliveriesPassTheLimitOnOutstandingTasks() throws Exception {
    configure(CONFIG.withMaxOutstanding(2));
    push("a", "b", "c", "d");
    List<Delivery> taken = pull(10);
    assertThat(ids(taken)).containsExactly("a", "b");

    // Neither a nak nor a delay nor the end of a lease makes room.
    taken.get(0).nak();
    assertThat(pullIds(10)).containsExactly("a");
    taken.get(1).nak(Duration.ofSeconds(1));
    assertThat(pull(10)).isEmpty();
    advanceSeconds(1);
    assertThat(pullIds(10)).containsExactly("b");
    advance(LEASE);
    List<Delivery> again = pull(10);
    assertThat(ids(again)).containsExactly("a", "b");

    // An ack makes room, also for a waiting pull.
    Running<List<Delivery>> pull = blockedPull(puller, 10, MINUTE);
    again.get(0).ack();
    assertThat(ids(pull.get())).containsExactly("c");
    again.get(1).deadLetter("no");
    assertThat(pullIds(10)).containsExactly("d");
  }

  @Test
  void anInterruptEndsTheWaitAndLeasesNothing() throws Exception {
    Running<List<Delivery>> pull = blockedPull(puller, 1, MINUTE);

    pull.thread.interrupt();

    assertThatThrownBy(pull::get).hasCauseInstanceOf(InterruptedException.class);
    push("a");
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
  }

  @Test
  void anInterruptThatCameBeforeLeasesNothing() {
    push("a");
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> pull(1)).isInstanceOf(InterruptedException.class);

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
  }

  /**
   * Tests both orders, because the conditions of the JDK report an interrupt before the signal, and
   * keep an interrupt after it.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anInterruptOfAPullThatWasServedIsKeptForLater(boolean interruptFirst) throws Exception {
    Running<Boolean> interrupted =
        new Running<>(
            () -> {
              List<Delivery> got = puller.pull(1, MINUTE);
              return Thread.currentThread().isInterrupted() && ids(got).equals(List.of("a"));
            });
    awaitBlockedPulls(server, 1);

    // With the lock held, the pull cannot return in between.
    server.time.lock();
    try {
      if (interruptFirst) {
        interrupted.thread.interrupt();
        while (!server.time.isQueued(interrupted.thread)) {
          Thread.onSpinWait();
        }
      }
      push("a");
      if (!interruptFirst) { // A second interrupt would hide the loss of the first one.
        interrupted.thread.interrupt();
      }
    } finally {
      server.time.unlock();
    }

    assertThat(interrupted.get()).isTrue();
  }

  @Test
  void closingThePullerEndsTheWait() throws Exception {
    Running<List<Delivery>> pull = blockedPull(puller, 1, MINUTE);

    puller.close();
    puller.close();

    assertThatThrownBy(pull::get).hasCauseInstanceOf(QueueClosedException.class);
    assertThatThrownBy(() -> pull(1)).isInstanceOf(QueueClosedException.class);
    push("a");
    assertThat(ids(partition.puller().pull(1, Duration.ZERO))).containsExactly("a");
  }

  @Test
  void closingTheQueueEndsTheWait() throws Exception {
    Running<List<Delivery>> pull = blockedPull(puller, 1, MINUTE);

    queue.close();

    assertThatThrownBy(pull::get).hasCauseInstanceOf(QueueClosedException.class);
  }

  @Test
  void aCloseGivesBackTasksOfAPullThatHasNotReturned() throws Exception {
    Running<List<Delivery>> pull = blockedPull(puller, 1, MINUTE);

    server.time.lock();
    try {
      push("a");
      puller.close();
    } finally {
      server.time.unlock();
    }

    assertThatThrownBy(pull::get).hasCauseInstanceOf(QueueClosedException.class);
    assertThat(partition.puller().pull(1, Duration.ZERO).get(0).attempt()).isEqualTo(2);
  }
}
