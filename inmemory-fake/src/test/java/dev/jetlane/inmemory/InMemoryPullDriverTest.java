// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.driver.PullDriver;
import dev.jetlane.driver.Urgency;
import dev.jetlane.inmemory.time.ManualTime;
import dev.jetlane.inmemory.time.SystemTime;
import dev.jetlane.inmemory.time.Time;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Pulls without a thread, and their limit in bytes. */
class InMemoryPullDriverTest {

  private static final long ANY = Long.MAX_VALUE;
  private static final Duration LEASE = Duration.ofMillis(200);
  private static final QueueConfig CONFIG = QueueConfig.defaults().withLease(LEASE);

  private final ManualTime time = new ManualTime(ManualClock.DEFAULT_START, false);
  private final Faults faults = new Faults(time);
  private final PartitionDriver partition = partition(time, faults);
  private final PullDriver pull = openPull(time, PullOptions.defaults());

  @Test
  void aPullWithoutAThreadIsServedByThePush() {
    CompletableFuture<List<Delivery>> waiting = pullAsync(pull, 10, ANY, 1_000);
    assertThat(waiting).isNotDone();

    push("a", 1);

    assertThat(ids(waiting)).containsExactly("a");
  }

  @Test
  void aPullWithoutAThreadTakesAvailableTasks() {
    push("a", 1);
    push("b", 1);

    assertThat(ids(pullAsync(pull, 10, ANY, 1_000))).containsExactly("a", "b");
  }

  @Test
  void aPullWithoutAThreadEndsWithItsWait() {
    CompletableFuture<List<Delivery>> waiting = pullAsync(pull, 10, ANY, 1_000);
    time.advance(999);
    assertThat(waiting).isNotDone();
    time.advance(1);
    assertThat(ids(waiting)).isEmpty();
  }

  @Test
  void aCancelledPullLeasesNothing() {
    CompletableFuture<List<Delivery>> waiting = pullAsync(pull, 10, ANY, 1_000);
    waiting.cancel(true);
    assertThat(ids(waiting)).isEmpty();

    push("a", 1);
    assertThat(partition.stats(0).ready()).isEqualTo(1);
  }

  @Test
  void aPullWithoutAThreadEndsWithItsPullerOrTheConnection() {
    CompletableFuture<List<Delivery>> cut = pullAsync(pull, 10, ANY, 1_000);
    faults.disconnect();
    assertThatThrownBy(cut::join).hasCauseInstanceOf(QueueUnavailableException.class);
    faults.reconnect();

    CompletableFuture<List<Delivery>> closed = pullAsync(pull, 10, ANY, 1_000);
    pull.close(0);
    assertThatThrownBy(closed::join).hasCauseInstanceOf(QueueClosedException.class);
    assertThatThrownBy(pullAsync(pull, 1, ANY, 0)::join)
        .hasCauseInstanceOf(QueueClosedException.class);
  }

  @Test
  void payloadsAreLimitedTogetherAndALargerTaskIsDeliveredAlone() {
    push("a", 60);
    push("b", 40);
    push("c", 1);
    push("large", 500);
    push("d", 1);

    assertThat(ids(pullAsync(pull, 10, 100, 0))).containsExactly("a", "b");
    assertThat(ids(pullAsync(pull, 10, 100, 0))).containsExactly("c");
    assertThat(ids(pullAsync(pull, 10, 100, 0))).containsExactly("large");
    assertThat(ids(pullAsync(pull, 10, 100, 0))).containsExactly("d");
  }

  @Test
  void theLimitCoversTasksLeasedAhead() {
    PullDriver ahead = openPull(time, PullOptions.defaults().withPrefetch(5));
    push("first", 1);
    assertThat(ids(pullAsync(ahead, 1, ANY, 0))).containsExactly("first");
    push("a", 60);
    push("b", 40);
    push("c", 1);

    assertThat(ids(pullAsync(ahead, 10, 100, 0))).containsExactly("a", "b");
    assertThat(ids(pullAsync(ahead, 10, 100, 0))).containsExactly("c");
  }

  @Test
  void onTheMachinesTimeALeaseThatEndsServesAPullWithoutAThread() throws Exception {
    SystemTime machine = new SystemTime();
    PartitionDriver real = partition(machine, new Faults(machine));
    PullDriver puller = openPull(machine, real, PullOptions.defaults());
    push(real, "a", 1);
    assertThat(pullAsync(puller, 1, ANY, 0).get()).hasSize(1);

    CompletableFuture<List<Delivery>> again =
        pullAsync(puller, 1, ANY, machine.nanos() + TimeUnit.SECONDS.toNanos(30));

    assertThat(again.get(20, TimeUnit.SECONDS)).hasSize(1);
    assertThat(again.join().get(0).attempt()).isEqualTo(2);
  }

  @Test
  void automaticTimeMovesForAPullWithoutAThread() throws Exception {
    ManualTime automatic = new ManualTime(ManualClock.DEFAULT_START, true);
    Faults none = new Faults(automatic);
    PullDriver puller = openPull(automatic, partition(automatic, none), PullOptions.defaults());
    long hourNanos = TimeUnit.HOURS.toNanos(1);

    assertThat(pullAsync(puller, 1, ANY, hourNanos).get(20, TimeUnit.SECONDS)).isEmpty();
    assertThat(automatic.nanos()).isEqualTo(hourNanos);
  }

  private static PartitionDriver partition(Time time, Faults faults) {
    if (time instanceof ManualTime) {
      time.register(faults.server);
    }
    DriverEvents none = ignoring(DriverEvents.class);
    WaitingThreads threads = new WaitingThreads(time, faults.server);
    return new InMemoryDriver(new Connection(time, faults, none, null), CONFIG, threads)
        .openPartition("p", 0);
  }

  private PullDriver openPull(Time clock, PullOptions options) {
    return openPull(clock, partition, options);
  }

  private static PullDriver openPull(Time clock, PartitionDriver at, PullOptions options) {
    return at.openPull(options, lease -> delivery(clock, lease), 0);
  }

  private void push(String id, int bytes) {
    push(partition, id, bytes);
  }

  private static void push(PartitionDriver at, String id, int bytes) {
    assertThat(at.push(Task.of(id, new byte[bytes]), Completion.none(), Urgency.AWAITED, 0).join())
        .isNotNull();
  }

  private static CompletableFuture<List<Delivery>> pullAsync(
      PullDriver from, int max, long maxBytes, long untilNanos) {
    return from.pullAsync(max, maxBytes, untilNanos, Completion.none());
  }

  private static List<String> ids(CompletableFuture<List<Delivery>> pulled) {
    assertThat(pulled).isDone();
    return pulled.join().stream().map(Delivery::taskId).toList();
  }

  /** Returns the delivery of a lease, with the methods that a driver calls. */
  private static LeasedDelivery delivery(Time clock, Lease lease) {
    return (LeasedDelivery)
        Proxy.newProxyInstance(
            InMemoryPullDriverTest.class.getClassLoader(),
            new Class<?>[] {LeasedDelivery.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "lease" -> lease;
                  case "taskId" -> lease.taskId();
                  case "attempt" -> lease.attempt();
                  case "leaseExpired" -> lease.endNanos() <= clock.nanos();
                  case "dropped" -> null;
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private static <T> T ignoring(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "equals" -> proxy == arguments[0];
                  case "hashCode" -> System.identityHashCode(proxy);
                  default -> null;
                }));
  }

  /** Two leases end at the same moment, and the first waiting pull has room for one task. */
  @Test
  void theLimitCoversTasksThatBecomeAvailableTogether() {
    push("a", 60);
    push("b", 60);
    assertThat(ids(pullAsync(pull, 2, ANY, 0))).containsExactly("a", "b");
    CompletableFuture<List<Delivery>> first = pullAsync(pull, 10, 100, ANY);
    CompletableFuture<List<Delivery>> second = pullAsync(pull, 10, 100, ANY);
    time.advance(LEASE.toNanos());
    assertThat(ids(first)).containsExactly("a");
    assertThat(ids(second)).containsExactly("b");

    CompletableFuture<List<Delivery>> only = pullAsync(pull, 10, 100, ANY);
    time.advance(LEASE.toNanos());
    assertThat(ids(only)).containsExactly("a");
    assertThat(ids(pullAsync(pull, 10, 100, 0))).containsExactly("b");
  }

  @Test
  void aPullThatIsFullTakesNoTaskOfTheNextPull() {
    CompletableFuture<List<Delivery>> first = pullAsync(pull, 1, ANY, 1_000);
    CompletableFuture<List<Delivery>> second = pullAsync(pull, 3, ANY, 1_000);
    List<Task> all = List.of(Task.of("a", "x"), Task.of("b", "x"), Task.of("c", "x"));
    assertThat(partition.pushAtomically(all, 0)).hasSize(3);
    assertThat(ids(first)).containsExactly("a");
    assertThat(ids(second)).containsExactly("b", "c");
  }

  @Test
  void aCancelledPullAnswersThatTheQueueCompletesIt() {
    CompletableFuture<List<Delivery>> waiting = pullAsync(pull, 10, ANY, 1_000);
    assertThat(waiting.cancel(true)).isFalse();
    assertThat(waiting.cancel(true)).isFalse();
    assertThat(waiting.isCancelled()).isFalse();
  }

  private interface End {
    void of(CompletableFuture<List<Delivery>> waiting);
  }

  /** Otherwise an automatic clock would stand still while a later pull waits. */
  @Test
  void theCancellationOfAPullThatNeverWaitedEndsNoWait() {
    push("there", 1);
    CompletableFuture<List<Delivery>> served = pullAsync(pull, 1, ANY, time.nanos() + 1_000);
    assertThat(ids(served)).containsExactly("there");
    served.cancel(true);
    assertThat(faults.server.unattended).isZero();
    assertThat(pullAsync(pull, 1, ANY, time.nanos() + 1_000)).isNotDone();
    assertThat(faults.server.unattended).isOne();
  }

  /** Otherwise an automatic clock would go on without a pull. */
  @Test
  void noEndOfAPullLeavesAWaitWithoutAThread() {
    List<End> ends =
        List.of(
            waiting -> time.advance(1_000),
            waiting -> waiting.cancel(true),
            waiting -> faults.deleteConsumer("p"),
            waiting -> faults.disconnect(),
            waiting -> faults.reconnect(),
            waiting -> push("a", 1),
            waiting -> pull.close(0));
    for (int i = 0; i < ends.size(); i++) {
      faults.server.require("p").createConsumer();
      CompletableFuture<List<Delivery>> waiting = pullAsync(pull, 10, ANY, time.nanos() + 1_000);
      assertThat(faults.server.unattended).as("before end %d", i).isEqualTo(i == 4 ? 0 : 1);
      ends.get(i).of(waiting);
      ends.get(i).of(waiting);
      assertThat(waiting).as("end %d", i).isDone();
      assertThat(faults.server.unattended).as("after end %d", i).isZero();
    }
  }
}
