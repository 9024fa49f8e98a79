// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueListener;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The events of a listener, in virtual time. */
class ListenerTest {

  private static final Duration LEASE = Duration.ofSeconds(10);
  private static final QueueConfig CONFIG =
      QueueConfig.defaults().withLease(LEASE).withMaxDeliveries(2).withMaxTasks(3);

  private final ManualClock clock = new ManualClock();
  private final InMemoryServer server = InMemoryServer.create(clock);
  private final List<String> told = new ArrayList<>();
  private final TaskQueue queue = server.connect(CONFIG, List.of(new Recorder(told)));
  private final Partition partition = queue.partition("p");

  @Test
  void pushesAreReported() throws Exception {
    partition.push(Task.of("a", ""));
    partition.push(Task.of("a", ""));
    partition.pushAsync(Task.of("b", "")).get();
    assertThat(partition.pushAll(List.of(Task.of("c", ""), Task.of("d", ""))).failures())
        .hasSize(1);
    server.faults().loseNext(Faults.Call.PUSH);
    assertThatThrownBy(() -> partition.push(Task.of("e", "")))
        .isInstanceOf(OutcomeUnknownException.class);
    assertThatThrownBy(() -> partition.pushAsync(Task.of("f", "")).get())
        .hasCauseInstanceOf(QueueFullException.class);
    assertThat(told)
        .containsExactly(
            "pushed a false",
            "pushed a true",
            "pushed b false",
            "pushed c false",
            "pushFailed d QueueFullException",
            "pushFailed e OutcomeUnknownException",
            "pushFailed f QueueFullException");
  }

  @Test
  void settlementsAreReported() throws Exception {
    pushThree();
    Puller puller = partition.puller();
    List<Delivery> all = puller.pull(3, Duration.ZERO);
    clock.advance(Duration.ofSeconds(1));
    all.get(0).ack();
    all.get(0).ack(); // the second one is not reported
    assertThat(all.get(1).extend()).isTrue();
    all.get(1).nak(Duration.ofSeconds(3));
    all.get(2).deadLetter("no good");
    assertThat(puller.pull(1, Duration.ZERO)).isEmpty();
    assertThat(told)
        .containsExactly(
            "pulled 3",
            "acked a false 1000",
            "extended b",
            "givenBack b PT3S 1000",
            "deadLettered c no good 1000",
            "pulled 0");
  }

  @Test
  void lostLeasesAreReported() throws Exception {
    pushThree();
    Puller puller = partition.puller();
    List<Delivery> all = puller.pull(3, Duration.ZERO);
    clock.advance(LEASE);
    assertThatThrownBy(all.get(0)::nak).isInstanceOf(LeaseExpiredException.class);
    assertThatThrownBy(all.get(0)::extend).isInstanceOf(LeaseExpiredException.class);
    all.get(1).ackAsync().get();
    all.get(2).close();
    assertThat(told)
        .containsExactly(
            "pulled 3", "leaseLost a", "leaseLost b", "acked b true 10000", "leaseLost c");
  }

  @Test
  void redeliveriesAndUsedUpTasksAreReported() throws Exception {
    partition.push(Task.of("a", ""));
    told.clear();
    Puller puller = partition.puller();
    puller.pull(1, Duration.ZERO).get(0).close();
    puller.pull(1, Duration.ZERO);
    clock.advance(LEASE);
    assertThat(puller.pull(1, Duration.ZERO)).isEmpty();
    assertThat(told)
        .containsExactly(
            "pulled 1",
            "givenBack a PT0S 0",
            "pulled 1",
            "redelivered a 2",
            "exhausted a",
            "pulled 0");
    assertThat(partition.stats().dead()).isEqualTo(1);
  }

  @Test
  void failuresAndLostConnectionsAreReported() throws Exception {
    partition.push(Task.of("a", ""));
    told.clear();
    Puller puller = partition.puller();
    Delivery delivery = puller.pull(1, Duration.ZERO).get(0);
    server.faults().loseNextConfirmation(Faults.Call.ACK);
    assertThatThrownBy(delivery::ack).isInstanceOf(OutcomeUnknownException.class);
    server.faults().disconnect();
    server.faults().disconnect(); // the connection is lost already: not reported
    assertThatThrownBy(() -> puller.pull(1, Duration.ZERO))
        .isInstanceOf(QueueUnavailableException.class);
    server.faults().reconnect();
    server.faults().reconnect(); // no connection was lost: not reported
    clock.advance(LEASE);
    delivery.close(); // may have been acked, so its expired lease is not reported as lost
    assertThat(told)
        .containsExactly(
            "pulled 1",
            "settleFailed a OutcomeUnknownException",
            "connectionLost",
            "pullFailed QueueUnavailableException",
            "connectionRestored");
  }

  /** Otherwise a metric of the connection would stay at zero. */
  @Test
  void theEndOfAllFaultsIsReportedAsARestoredConnection() {
    server.faults().disconnect();
    server.faults().clear();
    assertThat(told).containsExactly("connectionLost", "connectionRestored");
  }

  /** As nested scopes do, such as those of spans. */
  @Test
  void theHandlingThatBeginsLastEndsFirst() throws InterruptedException {
    List<String> ended = new ArrayList<>();
    List<QueueListener> both = List.of(following("a", ended), following("b", ended));
    try (TaskQueue followed = server.connect(CONFIG, both);
        Worker unused = followed.partition("p").work(task -> {}, WorkerOptions.concurrency(1))) {
      partition.push(Task.of("task", ""));
      server.awaitWorkers();
    }
    assertThat(ended).containsExactly("left b", "left a", "ended b", "ended a");
  }

  private static QueueListener following(String name, List<String> ended) {
    return new QueueListener() {
      @Override
      public Handling handling(Delivery delivery) {
        return new Handling() {
          @Override
          public void left() {
            ended.add("left " + name);
          }

          @Override
          public void ended(@Nullable Throwable failure) {
            ended.add("ended " + name);
          }
        };
      }
    };
  }

  @Test
  void aClosedClientIsToldNothing() {
    queue.close();
    told.clear();
    server.faults().disconnect();
    server.faults().reconnect();
    assertThat(told).isEmpty();
  }

  /** A listener may wait for another thread that calls the queue. */
  @Test
  void noListenerIsCalledUnderTheLock() throws Exception {
    List<String> answered = new ArrayList<>();
    QueueListener waiting =
        new QueueListener() {
          @Override
          public void exhausted(QueueEvent.Exhausted event) {
            countOnAnotherThread("exhausted");
          }

          @Override
          public void connectionLost() {
            countOnAnotherThread("connectionLost");
          }

          @Override
          public void connectionRestored() {
            countOnAnotherThread("connectionRestored");
          }

          private void countOnAnotherThread(String event) {
            CompletableFuture.supplyAsync(server::events).orTimeout(10, TimeUnit.SECONDS).join();
            answered.add(event);
          }
        };
    try (TaskQueue other = server.connect(CONFIG, List.of(waiting))) {
      Partition same = other.partition("p");
      same.push(Task.of("a", ""));
      Puller puller = same.puller();
      for (int i = 0; i < CONFIG.maxDeliveries(); i++) {
        puller.pull(1, Duration.ZERO).get(0).nak();
      }
      assertThat(puller.pull(1, Duration.ZERO)).isEmpty();
      server.faults().disconnect();
      server.faults().reconnect();
    }

    assertThat(answered).containsExactly("exhausted", "connectionLost", "connectionRestored");
  }

  private void pushThree() {
    partition
        .pushAll(List.of(Task.of("a", ""), Task.of("b", ""), Task.of("c", "")))
        .requireAllStored();
    told.clear();
  }

  private record Recorder(List<String> told) implements QueueListener {

    @Override
    public void pushed(QueueEvent.Pushed event) {
      told.add("pushed " + event.taskId() + " " + event.duplicate());
    }

    @Override
    public void pushFailed(QueueEvent.PushFailed event) {
      told.add("pushFailed " + event.taskId() + " " + event.error().getClass().getSimpleName());
    }

    @Override
    public void pulled(QueueEvent.Pulled event) {
      told.add("pulled " + event.tasks());
    }

    @Override
    public void redelivered(QueueEvent.Redelivered event) {
      told.add("redelivered " + event.delivery().taskId() + " " + event.delivery().attempt());
    }

    @Override
    public void pullFailed(QueueEvent.PullFailed event) {
      told.add("pullFailed " + event.error().getClass().getSimpleName());
    }

    @Override
    public void acked(QueueEvent.Acked event) {
      told.add(
          "acked "
              + event.delivery().taskId()
              + " "
              + event.late()
              + " "
              + millis(event.held().toNanos()));
    }

    @Override
    public void givenBack(QueueEvent.GivenBack event) {
      told.add(
          "givenBack "
              + event.delivery().taskId()
              + " "
              + event.delay()
              + " "
              + millis(event.held().toNanos()));
    }

    @Override
    public void extended(QueueEvent.Extended event) {
      told.add("extended " + event.delivery().taskId());
    }

    @Override
    public void deadLettered(QueueEvent.DeadLettered event) {
      told.add(
          "deadLettered "
              + event.delivery().taskId()
              + " "
              + event.reason()
              + " "
              + millis(event.held().toNanos()));
    }

    @Override
    public void exhausted(QueueEvent.Exhausted event) {
      told.add("exhausted " + event.taskId());
    }

    @Override
    public void leaseLost(QueueEvent.LeaseLost event) {
      told.add("leaseLost " + event.delivery().taskId());
    }

    @Override
    public void settleFailed(QueueEvent.SettleFailed event) {
      told.add(
          "settleFailed "
              + event.delivery().taskId()
              + " "
              + event.error().getClass().getSimpleName());
    }

    @Override
    public void connectionLost() {
      told.add("connectionLost");
    }

    @Override
    public void connectionRestored() {
      told.add("connectionRestored");
    }

    private static long millis(long nanos) {
      return Duration.ofNanos(nanos).toMillis();
    }
  }

  @Test
  void aPullReportsUsedUpTasksBeforeItWaits() throws Exception {
    partition.push(Task.of("a", ""));
    Puller puller = partition.puller();
    for (int i = 0; i < CONFIG.maxDeliveries(); i++) {
      assertThat(puller.pull(1, Duration.ZERO)).hasSize(1);
      clock.advance(LEASE);
    }
    CountDownLatch exhausted = new CountDownLatch(1);
    QueueListener listener =
        new QueueListener() {
          @Override
          public void exhausted(QueueEvent.Exhausted event) {
            exhausted.countDown();
          }
        };
    try (TaskQueue other = server.connect(CONFIG, List.of(listener));
        Puller waiting = other.partition("p").puller()) {
      CompletableFuture<Integer> pull =
          CompletableFuture.supplyAsync(() -> sizeOfPull(waiting, Duration.ofHours(1)));
      assertThat(exhausted.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(pull).isNotDone();
      QueueTest.awaitBlockedPulls(server, 1);
      clock.advance(Duration.ofHours(1));
      assertThat(pull.get(10, TimeUnit.SECONDS)).isZero();
    }
  }

  private static int sizeOfPull(Puller puller, Duration wait) {
    try {
      return puller.pull(1, wait).size();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aClosedClientHearsNothingOfTheConnection() {
    queue.close();
    server.faults().disconnect();
    server.faults().reconnect();
    assertThat(told).isEmpty();
  }
}
