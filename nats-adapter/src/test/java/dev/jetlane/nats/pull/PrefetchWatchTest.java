// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.PullOptions;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.nats.TestQueues;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The checks of a prefetching puller between its pulls, with a short lease. */
@Timeout(120)
class PrefetchWatchTest {

  /** A busy machine can be late by a second, and a task whose lease has expired is dropped. */
  private static final Duration LEASE = Duration.ofSeconds(5);

  private final PullScene scene =
      new PullScene(TestQueues.config().withLease(LEASE).withMaxDeliveries(3));
  private final Semaphore turn = new Semaphore(1);
  private final OpenRequests credits = new OpenRequests();
  private final Deque<LeasedDelivery> kept = new ArrayDeque<>();
  private final PullInbox inbox = new PullInbox(scene.session, LEASE.toNanos());

  private PrefetchWatch watch(PullOptions options) {
    PullContext context = scene.context(0, options);
    scene.refuses = false;
    String unused = inbox.probe(context.address.nextSubject);
    PullRequests requests = new PullRequests(context, inbox, credits, kept, () -> {});
    return new PrefetchWatch(context, requests, inbox, credits, turn);
  }

  private PrefetchWatch watch() {
    return watch(PullOptions.defaults().withPrefetch(5));
  }

  private PrefetchWatch keeping(Duration every) {
    return watch(
        PullOptions.defaults()
            .withPrefetch(5)
            .withKeepFor(Duration.ofHours(1))
            .withKeepEvery(every.multipliedBy(2)));
  }

  @AfterEach
  void close() {
    scene.close();
  }

  /** Records a pull, which has the turn. */
  private long used(PrefetchWatch watch) {
    turn.acquireUninterruptibly();
    long nowNanos = System.nanoTime();
    watch.used();
    turn.release();
    return nowNanos;
  }

  private void awaitNaks(int count) {
    TestQueues.await(count + " tasks given back", () -> scene.naks().size() >= count);
  }

  private static void expectLater(long sinceNanos, Duration time) {
    assertThat(Duration.ofNanos(System.nanoTime() - sinceNanos)).isGreaterThanOrEqualTo(time);
  }

  @Test
  void tasksAreGivenBackHalfALeaseAfterTheLastPullInEachIdlePeriod() throws Exception {
    PrefetchWatch watch = watch();
    for (int period = 1; period <= 2; period++) {
      long first = used(watch);
      scene.pass(LEASE.dividedBy(4));
      String unused = scene.task();
      long last = used(watch);
      assertThat(last - first).isPositive();
      awaitNaks(period);
      expectLater(last, LEASE.dividedBy(2));
      TestQueues.await("a free turn", () -> turn.availablePermits() == 1 && !watch.isAtWork());
      scene.pass(LEASE.dividedBy(8));
    }
    assertThat(scene.naks()).hasSize(2);
  }

  /** It would receive a task that is given back, but its answer may be lost. */
  @Test
  void anOpenRequestIsAwaitedForAQuarterOfALease() throws Exception {
    PrefetchWatch watch = watch();
    credits.requested("open", 5, PullScene.late());
    String unused = scene.task();
    long last = used(watch);
    awaitNaks(1);
    expectLater(last, LEASE.multipliedBy(3).dividedBy(4));
    unused = scene.task();
    awaitNaks(2);
  }

  @Test
  void aTaskThatComesWithTheEndOfARequestIsGivenBackToo() throws Exception {
    PrefetchWatch watch = watch();
    credits.requested("open", 2, PullScene.late());
    used(watch);
    scene.pass(LEASE.multipliedBy(5).dividedBy(8));
    String unused = scene.task();
    scene.end("open", 408, "Request Timeout");
    awaitNaks(1);
    assertThat(credits.anyOpen()).isFalse();
  }

  @Test
  void aCheckWhileAPullHasTheTurnTakesNothing() throws Exception {
    PrefetchWatch watch = watch();
    String unused = scene.task();
    turn.acquireUninterruptibly();
    watch.used();
    scene.pass(LEASE.multipliedBy(3).dividedBy(4));
    assertThat(inbox.queued()).isEqualTo(1);
    assertThat(watch.isAtWork()).isFalse();
    watch.used();
    inbox.observe();
    unused = scene.task(); // The lease of the first one ends meanwhile.
    turn.release();
    awaitNaks(1);
  }

  @Test
  void aClosedPullerIsNotChecked() throws Exception {
    PrefetchWatch watch = watch();
    String unused = scene.task();
    used(watch);
    watch.close();
    scene.pass(LEASE);
    assertThat(scene.naks()).isEmpty();
    assertThat(inbox.queued()).isEqualTo(1);
    assertThat(watch.isAtWork()).isFalse();
    assertThat(turn.availablePermits()).isEqualTo(1);
  }

  /** The client extends the lease of a delivery, not that of a message. */
  @Test
  void keptTasksBecomeDeliveriesAgainAndAgain() throws Exception {
    PrefetchWatch watch = keeping(Duration.ofMillis(10));
    watch.start();
    used(watch);
    for (int count = 1; count <= 3; count++) {
      int expected = count;
      String unused = scene.task();
      TestQueues.await("a delivery", () -> scene.deliveries.size() == expected);
    }
    scene.pass(LEASE.multipliedBy(3).dividedBy(4));
    assertThat(scene.naks()).as("tasks whose leases are kept").isEmpty();
    TestQueues.await("a free turn", () -> turn.availablePermits() == 1 && !watch.isAtWork());
    assertThat(turn.tryAcquire(1, TimeUnit.MINUTES)).isTrue();
    String unused = scene.task();
    scene.pass(Duration.ofMillis(50));
    assertThat(scene.deliveries).as("during a pull").hasSize(3);
    turn.release();
    TestQueues.await("a delivery after the pull", () -> scene.deliveries.size() == 4);
    watch.close();
    scene.pass(Duration.ofMillis(30));
    unused = scene.task();
    scene.pass(Duration.ofMillis(50));
    assertThat(scene.deliveries).as("after the close").hasSize(4);
  }

  @Test
  void aTaskBeyondItsLastDeliveryBecomesADeadLetterAlsoBetweenTwoPulls() throws Exception {
    PrefetchWatch watch = keeping(Duration.ofMillis(10));
    watch.start();
    used(watch);
    for (int letters = 1; letters <= 2; letters++) {
      int expected = letters;
      String unused = scene.task(0, 4, 1, 0);
      TestQueues.await("a dead letter", () -> scene.exhausted.size() == expected);
    }
    assertThat(scene.deliveries).isEmpty();
    watch.close();
  }

  @Test
  void withoutPrefetchNothingIsKept() throws Exception {
    PrefetchWatch watch =
        watch(
            PullOptions.defaults()
                .withKeepFor(Duration.ofHours(1))
                .withKeepEvery(Duration.ofMillis(20)));
    watch.start();
    String unused = scene.task();
    scene.pass(Duration.ofMillis(60));
    assertThat(scene.deliveries).isEmpty();
    watch.close();
  }
}
