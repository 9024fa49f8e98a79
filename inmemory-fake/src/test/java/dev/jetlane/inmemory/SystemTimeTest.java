// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Runs in real time, so it only asserts that some events never happen and others happen eventually.
 */
class SystemTimeTest {

  private static final Duration LEASE = Duration.ofMillis(100);

  @Test
  void aLeaseEndsWhileAPullWaits() throws InterruptedException {
    try (TaskQueue queue =
        InMemoryServer.create().connect(QueueConfig.defaults().withLease(LEASE))) {
      Partition partition = queue.partition("p");
      Puller puller = partition.puller();
      partition.push(Task.of("a", "x"));
      long before = System.nanoTime();
      assertThat(puller.pull(1, Duration.ZERO)).hasSize(1);

      List<Delivery> again = puller.pull(1, Duration.ofSeconds(30));

      assertThat(again).singleElement().extracting(Delivery::attempt).isEqualTo(2);
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(LEASE);
      assertThat(again.get(0).leaseRemaining()).isLessThanOrEqualTo(LEASE);
    }
  }

  /** No pull waits while a worker pauses after a failed one. */
  @Test
  void aWorkerPullsAgainAfterAFailure() throws InterruptedException {
    NextEventTest.assertThatAWorkerPullsAgainAfterAFailure(InMemoryServer.create());
  }

  @Test
  void aTimeLimitEndsAHandler() throws InterruptedException {
    BlockingQueue<Integer> handled = new LinkedBlockingQueue<>();
    WorkerOptions options = WorkerOptions.concurrency(1).withTimeLimit(Duration.ofMillis(50));
    try (TaskQueue queue = InMemoryServer.create().connect(QueueConfig.defaults())) {
      Partition partition = queue.partition("p");
      try (Worker unused =
          partition.work(
              task -> {
                if (task.attempt() == 1) {
                  new CountDownLatch(1).await();
                }
                handled.add(task.attempt());
              },
              options)) {
        partition.push(Task.of("a", "x"));

        assertThat(handled.poll(10, TimeUnit.SECONDS)).isEqualTo(2);
      }
    }
  }

  @Test
  void aWaitEndsWithoutACall() throws InterruptedException {
    try (TaskQueue queue = InMemoryServer.create().connect(QueueConfig.defaults())) {
      Duration wait = Duration.ofMillis(50);
      long before = System.nanoTime();

      assertThat(queue.partition("p").puller().pull(1, wait)).isEmpty();

      assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(wait);
    }
  }

  /** No pull waits, so only the check itself sees that the pause is over. */
  @Test
  void theHealthSeesTheEndOfAPause() throws InterruptedException {
    try (TaskQueue queue = InMemoryServer.create().connect(QueueConfig.defaults())) {
      String name = queue.partition("p").name();
      queue.admin().partition(name).pause(Duration.ofMillis(20));
      long before = System.nanoTime();
      while (!queue.health().problems().isEmpty()) {
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
        TimeUnit.MILLISECONDS.sleep(1);
      }
    }
  }

  @Test
  void aLeaseThatEndedBetweenTwoCallsHasEnded() throws InterruptedException {
    try (TaskQueue queue =
        InMemoryServer.create().connect(QueueConfig.defaults().withLease(LEASE))) {
      Partition partition = queue.partition("p");
      partition.push(Task.of("a", "x"));
      Delivery first = partition.puller().pull(1, Duration.ZERO).get(0);
      while (!first.leaseExpired()) {
        Thread.onSpinWait();
      }

      assertThat(partition.puller().pull(1, Duration.ZERO).get(0).attempt()).isEqualTo(2);
    }
  }

  private interface Call {
    void make(InMemoryServer server, TaskQueue queue, Puller puller) throws InterruptedException;
  }

  /** Returns the puller of a task whose lease has ended, which no call has processed. */
  private static Puller withAnEndedLease(Partition partition) throws InterruptedException {
    partition.push(Task.of("a", "x"));
    Puller puller = partition.puller();
    Delivery delivery = puller.pull(1, Duration.ZERO).get(0);
    while (!delivery.leaseExpired()) {
      Thread.onSpinWait();
    }
    return puller;
  }

  @Test
  void whatIsDueHappensBeforeACall() throws InterruptedException {
    for (Call call :
        List.<Call>of(
            (server, queue, puller) -> queue.partition("p").stats(),
            (server, queue, puller) -> queue.admin().partitions(),
            (server, queue, puller) -> queue.admin().partition("p").summary(),
            (server, queue, puller) -> puller.close(),
            (server, queue, puller) -> server.faults().deleteConsumer("p"),
            (server, queue, puller) -> server.faults().restart(),
            (server, queue, puller) -> server.awaitWorkers(0),
            (server, queue, puller) -> server.tasks("p"),
            (server, queue, puller) -> server.leaks())) {
      InMemoryServer server = InMemoryServer.create();
      try (TaskQueue queue = server.connect(QueueConfig.defaults().withLease(LEASE))) {
        Puller puller = withAnEndedLease(queue.partition("p"));
        call.make(server, queue, puller);
        // The log as the call left it. A call that reads events processes due ones.
        assertThat(server.state().log.lines()).anyMatch(line -> line.contains("p/a: lease ended"));
        TaskSnapshot.Attempt first = server.task("p", "a").orElseThrow().attempts().get(0);
        assertThat(first.end()).isEqualTo("lease ended");
        assertThat(first.endedAt()).isEqualTo(first.from().plus(LEASE));
      }
    }
  }

  @Test
  void whatIsDueInTheTargetHappensBeforeAMove() throws InterruptedException {
    InMemoryServer server = InMemoryServer.create();
    try (TaskQueue queue = server.connect(QueueConfig.defaults().withLease(LEASE))) {
      Partition from = queue.partition("from");
      from.push(Task.of("moved", "x"));
      from.puller().pull(1, Duration.ZERO).get(0).deadLetter("no");
      String letter = from.deadLetters().list(1).get(0).id();
      withAnEndedLease(queue.partition("p"));

      assertThat(queue.admin().partition("from").deadLetters().move(letter, "p")).isTrue();

      assertThat(server.events().stream().map(line -> line.replaceFirst("\\S+ ", "")))
          .endsWith("p/a: lease ended (attempt 1)", "p/moved: stored");
    }
  }

  @Test
  void aTaskThatIsStoredIsAsOldAsTheMachineSays() throws InterruptedException {
    Instant before = Instant.now();
    InMemoryServer server = InMemoryServer.create();
    try (TaskQueue queue = server.connect(QueueConfig.defaults())) {
      queue.partition("p").push(Task.of("a", "x"));
      Delivery delivery = queue.partition("p").puller().pull(1, Duration.ZERO).get(0);
      assertThat(delivery.storedAt())
          .isBetween(before.minusSeconds(60), Instant.now().plusSeconds(60));
    }
  }

  @Test
  void aSlowCallTakesItsTime() {
    InMemoryServer server = InMemoryServer.create();
    try (TaskQueue queue = server.connect(QueueConfig.defaults())) {
      Partition partition = queue.partition("p");
      Duration each = Duration.ofMillis(30);
      server.faults().slowExchanges(each);
      long before = System.nanoTime();

      partition.push(Task.of("a", "x"));

      assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(each);
    }
  }

  @Test
  void anInterruptOfASlowCallIsKept() {
    InMemoryServer server = InMemoryServer.create();
    try (TaskQueue queue = server.connect(QueueConfig.defaults())) {
      Partition partition = queue.partition("p");
      server.faults().slowExchanges(Duration.ofSeconds(1));
      Thread.currentThread().interrupt();

      partition.push(Task.of("a", "x"));

      assertThat(Thread.interrupted()).isTrue();
      server.faults().clear();
      assertThat(partition.stats().ready()).isEqualTo(1);
    }
  }

  /** The timer first processes the end of the other lease, which serves no pull. */
  @Test
  void aPullWithoutAThreadEndsAfterOtherEvents() throws Exception {
    try (TaskQueue queue =
        InMemoryServer.create().connect(QueueConfig.defaults().withLease(LEASE))) {
      queue.partition("other").push(Task.of("a", "x"));
      queue.partition("other").puller().pull(1, Duration.ZERO);

      var pull = queue.partition("p").puller().pullAsync(1, LEASE.multipliedBy(3));

      assertThat(pull.get(30, TimeUnit.SECONDS)).isEmpty();
    }
  }

  /** The timer is already set for the end of the longer pull. */
  @Test
  void aShorterPullWithoutAThreadEndsBeforeALongerOne() throws Exception {
    try (TaskQueue queue = InMemoryServer.create().connect(QueueConfig.defaults())) {
      Puller puller = queue.partition("p").puller();
      var longer = puller.pullAsync(1, Duration.ofHours(1));
      for (int i = 0; i < 3; i++) {
        assertThat(puller.pullAsync(1, Duration.ofMillis(5)).get(30, TimeUnit.SECONDS))
            .as("pull %d", i)
            .isEmpty();
      }
      assertThat(longer).isNotDone();
    }
  }
}
