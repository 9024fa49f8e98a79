// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.Delivery;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Tests the differences from a nats-server that the module's README lists, in the same order. Those
 * of delayed tasks are in {@link DelayTest}.
 */
class DifferencesTest extends QueueTest {

  @Test
  void delaysOfANakAreExact() throws InterruptedException {
    push("a");
    pullOne().nak(TICK);

    assertThat(pull(1)).isEmpty();
    advance(TICK);
    assertThat(pull(1)).hasSize(1);
  }

  @Test
  void theEndOfALeaseIsExact() throws InterruptedException {
    push("a");
    pullOne();

    advance(LEASE.minus(TICK));
    assertThat(pull(1)).isEmpty();
    advance(TICK);
    assertThat(pull(1)).hasSize(1);
  }

  @Test
  void closeLeaseEndsAreRedeliveredInTheirOrder() throws InterruptedException {
    push("a", "b", "c");
    List<Delivery> taken = pull(3);
    for (int i = 2; i >= 0; i--) {
      taken.get(i).extend();
      advance(TICK);
    }
    advance(LEASE);

    assertThat(pullIds(10)).containsExactly("c", "b", "a");
  }

  @Test
  void theDedupWindowIsExact() {
    push("a");
    advance(WINDOW.minus(TICK));
    assertThat(partition.push(Task.of("a", "x")).duplicate()).isTrue();
    advance(TICK);
    assertThat(partition.push(Task.of("a", "x")).duplicate()).isFalse();
  }

  @Test
  void leasesEndEarlyAfterARestartOnly() throws InterruptedException {
    advance(Duration.ofMillis(999));
    push("a", "b");
    pullOne();
    server.faults().restart();
    pullOne();

    advance(LEASE.minusMillis(999));
    assertThat(pullIds(10)).containsExactly("a");
    advance(Duration.ofMillis(999));
    assertThat(pullIds(10)).containsExactly("b");
  }

  @Test
  void idsOfSettledTasksAreForgottenByARestart() throws InterruptedException {
    push("a");
    pullOne().ack();
    server.faults().restart();

    push("a");
  }

  @Test
  void confirmationsComeImmediatelyOnTheCallersThread() throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    partition
        .pushAsync(Task.of("a", "x"))
        .thenRun(() -> threads.add(Thread.currentThread()))
        .join();
    pullOne().ackAsync().thenRun(() -> threads.add(Thread.currentThread())).join();

    assertThat(threads).containsExactly(Thread.currentThread(), Thread.currentThread());
  }

  @Test
  void aNakThatRacesWithTheEndOfTheLeaseIsRefused() throws Exception {
    push("a");
    Delivery racing = pullOne();
    Running<Settlement> nak = slowerThanTheClock(racing::nak);

    assertThatThrownBy(nak::get).hasCauseInstanceOf(LeaseExpiredException.class);
    assertThat(pull(1)).isEmpty();
  }

  private <T> Running<T> slowerThanTheClock(Callable<T> call) throws InterruptedException {
    server.time.lock();
    try {
      Running<T> running = new Running<>(call);
      // The thread has checked its lease, and waits for the lock.
      while (!server.time.isQueued(running.thread)) {
        Thread.onSpinWait();
      }
      advance(LEASE);
      assertThat(pullOne().attempt()).isEqualTo(2);
      return running;
    } finally {
      server.time.unlock();
    }
  }

  @Test
  void aPullerLeasesItsWholePrefetchAheadUntilItIsIdle() throws InterruptedException {
    Puller ahead = partition.puller(PullOptions.defaults().withPrefetch(4));
    push("first");
    ahead.pull(1, Duration.ZERO).get(0).ack();
    advance(LEASE.dividedBy(2).minus(TICK));
    push("a", "b", "c", "d", "e");

    assertThat(partition.stats()).isEqualTo(new Stats(1, 4, 0));
    ahead.pull(1, Duration.ZERO);
    assertThat(partition.stats()).isEqualTo(new Stats(0, 5, 0));
  }

  @Test
  void aPullAtTheLimitReturnsImmediately() throws InterruptedException {
    configure(CONFIG.withMaxOutstanding(1));
    push("a", "b");
    pullOne();
    Instant before = clock.now();

    assertThat(pull(1)).isEmpty();
    assertThat(clock.now()).isEqualTo(before);
  }

  @Test
  void aDifferenceOfTheSettingsIsAlwaysRefused() {
    for (UnaryOperator<QueueConfig> change :
        List.<UnaryOperator<QueueConfig>>of(
            config -> config.withLease(LEASE.plus(TICK)),
            config -> config.withDedupWindow(WINDOW.plus(TICK)),
            config -> config.withMaxOutstanding(9_999),
            config -> config.withMaxTasks(1),
            config -> config.withPriorities(2))) {
      assertThatThrownBy(() -> server.connect(change.apply(CONFIG)).partition("p"))
          .isInstanceOf(ConfigDriftException.class);
    }
  }

  @Test
  void aJustPushedTaskIsVisible() throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      push("task-" + i);
      assertThat(pullOne().taskId()).isEqualTo("task-" + i);
      assertThat(partition.stats().backlog()).isEqualTo(i + 1);
    }
  }

  @Test
  void theLeaseOfAnUnreferencedDeliveryIsKeptUpToItsMaximum() throws InterruptedException {
    push("a");
    Duration max = LEASE.multipliedBy(3);
    PullOptions kept = PullOptions.defaults().withKeepFor(max);
    assertThat(partition.puller(kept).pull(1, Duration.ZERO)).hasSize(1);
    System.gc();

    advance(max.minus(TICK));
    assertThat(pull(1)).isEmpty();
    advance(LEASE);
    assertThat(pull(1)).hasSize(1);
  }

  @Test
  void noOtherProgramStoresMessagesAndNoCallLacksAPermission() {
    assertThat(server.connect(CONFIG).partition("p").stats()).isEqualTo(new Stats(0, 0, 0));
    assertThat(queue.health().ready()).isTrue();
  }
}
