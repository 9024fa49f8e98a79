// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * Two concurrent calls: a close with a close, a settlement or an opening, and two operators. The
 * leases last ten minutes, so that a task that no worker holds is not redelivered.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class RacesTest {

  private static final int ROUNDS = 25;
  private static final QueueConfig CONFIG = TestQueues.config().withLease(Duration.ofMinutes(10));

  @AutoClose private static NatsServer server;

  /** All clients use one queue. */
  private static NatsOptions options;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
    options = TestQueues.options(server).withQueue(CONFIG);
  }

  private static TaskQueue connect() {
    return NatsQueues.connect(options);
  }

  /** Runs an action on another thread, which starts when this returns. */
  private static CompletableFuture<Void> beside(Runnable action) throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Void> done =
        CompletableFuture.runAsync(
            () -> {
              begun.countDown();
              action.run();
            });
    begun.await();
    return done;
  }

  @Test
  void aPullerThatIsClosedBesideItsQueueGivesBackItsPrefetchedTasks() throws Exception {
    try (TaskQueue other = connect()) {
      for (int round = 0; round < ROUNDS; round++) {
        String name = "closers-" + round;
        Partition seen = other.partition(name);
        TestQueues.push(seen, 20);
        TaskQueue queue = connect();
        Puller puller = queue.partition(name).puller(PullOptions.defaults().withPrefetch(20));
        TestQueues.pull(puller, 1).get(0).ack();
        CompletableFuture<Void> closing = beside(puller::close);
        queue.close();
        closing.join();
        try (Puller next = seen.puller()) {
          assertThat(TestQueues.pull(next, 19)).as("round " + round).hasSize(19);
        }
      }
    }
  }

  @Test
  void aDeadLetterBesideACloseReportsItsOutcome() throws Exception {
    try (TaskQueue other = connect()) {
      for (int round = 0; round < ROUNDS; round++) {
        String name = "dead-" + round;
        Partition seen = other.partition(name);
        seen.push(Task.of("t", ""));
        TaskQueue queue = connect();
        Puller puller = queue.partition(name).puller(PullOptions.defaults());
        Delivery delivery = TestQueues.pull(puller, 1).get(0);
        CompletableFuture<Void> moving = beside(() -> delivery.deadLetter("broken"));
        queue.close();
        TaskQueueException error = null;
        try {
          moving.join();
        } catch (CompletionException e) {
          error = (TaskQueueException) e.getCause();
        }
        int letters = seen.deadLetters().list(10).size();
        if (error == null) {
          assertThat(letters).as("round " + round).isEqualTo(1);
          assertThat(seen.stats().backlog()).as("round " + round).isZero();
        } else if (!(error instanceof OutcomeUnknownException)) {
          assertThat(letters).as("round " + round + ": " + error).isZero();
        }
      }
    }
  }

  @Test
  void aPartitionThatIsOpenedBesideACloseThrowsDeclaredExceptions() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      TaskQueue queue = connect();
      queue.partition("first");
      int number = round;
      CompletableFuture<Throwable> failure = new CompletableFuture<>();
      CompletableFuture<Void> opening =
          beside(
              () -> {
                for (int i = 0; !failure.isDone(); i++) {
                  try {
                    var unused =
                        queue
                            .partition("open-" + number + "-" + i % 3)
                            .puller(PullOptions.defaults());
                  } catch (RuntimeException e) {
                    failure.complete(e);
                  }
                }
              });
      queue.close();
      opening.join();
      assertThat(failure.join())
          .as("round " + round)
          .isInstanceOfAny(QueueClosedException.class, OutcomeUnknownException.class);
    }
  }

  @Test
  void anInterruptDuringADeadLetterIsAnInterrupt() throws Exception {
    Duration slow = Duration.ofMillis(200);
    QueueConfig once = TestQueues.config().withLease(slow).withMaxDeliveries(1);
    NatsOptions own = TestQueues.options(server).withQueue(once);
    try (FaultProxy proxy = FaultProxy.to(server.url(), 1);
        TaskQueue other = NatsQueues.connect(own);
        TaskQueue queue = NatsQueues.connect(own.withUrl(proxy.url()))) {
      Partition seen = other.partition("p");
      TestQueues.push(seen, 1);
      try (Puller puller = seen.puller()) {
        Delivery held = TestQueues.pull(puller, 1).get(0);
        TestQueues.await("the end of its lease", held::leaseExpired);
      }
      Puller puller = queue.partition("p").puller();
      proxy.delay(slow, Duration.ZERO);
      CompletableFuture<Throwable> end = new CompletableFuture<>();
      Thread pull =
          new Thread(
              () -> {
                try {
                  end.complete(new AssertionError("got " + puller.pull(1, Duration.ofMinutes(5))));
                } catch (Exception e) {
                  end.complete(e);
                }
              });
      pull.start();
      // Its letter is stored, and the answer is delayed for this time.
      TestQueues.await("the letter", () -> seen.stats().dead() == 1);
      pull.interrupt();
      assertThat(end.get(1, TimeUnit.MINUTES)).isInstanceOf(InterruptedException.class);
      pull.join();
    }
  }

  @Test
  void ofTwoRedrivesOfOneLetterOneReportsSuccess() throws Exception {
    try (TaskQueue one = connect();
        TaskQueue two = connect()) {
      Partition first = one.partition("redrive");
      Partition second = two.partition("redrive");
      try (Puller puller = first.puller(PullOptions.defaults())) {
        for (int round = 0; round < ROUNDS; round++) {
          first.push(Task.of("t-" + round, ""));
          TestQueues.pull(puller, 1).get(0).deadLetter("broken");
          String id = first.deadLetters().list(1).get(0).id();
          CompletableFuture<Boolean> other = new CompletableFuture<>();
          CompletableFuture<Void> redriving =
              beside(() -> other.complete(second.deadLetters().redrive(id)));
          boolean mine = first.deadLetters().redrive(id);
          redriving.join();
          assertThat(List.of(mine, other.join())).containsExactlyInAnyOrder(true, false);
          TestQueues.pull(puller, 1).get(0).ack();
        }
      }
    }
  }
}
