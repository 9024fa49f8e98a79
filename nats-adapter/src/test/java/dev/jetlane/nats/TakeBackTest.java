// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pulls that end at the moment at which tasks arrive. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class TakeBackTest {

  /**
   * Each round has three tasks. One in a hundred was lost while an interrupt could end the
   * withdrawal of a request.
   */
  private static final int ROUNDS = 60;

  private static final int TASKS = 3;

  /** Less than the lease, after which a kept task is redelivered. */
  private static final Duration BEFORE_THE_LEASE = Duration.ofSeconds(60);

  enum Ending {
    INTERRUPT,
    CLOSE
  }

  @ParameterizedTest
  @CsvSource({"0,INTERRUPT", "100,INTERRUPT", "0,CLOSE", "100,CLOSE"})
  void aTaskThatArrivesWhileAPullEndsIsNotKept(int prefetch, Ending ending) throws Exception {
    Random random = new Random(7);
    QueueConfig config = QueueConfig.defaults().withLease(Duration.ofMinutes(5));
    try (NatsServer server = NatsServer.start();
        TaskQueue queue = NatsQueues.connect(TestQueues.options(server).withQueue(config))) {
      Partition partition = queue.partition("p");
      for (int round = 0; round < ROUNDS; round++) {
        Puller puller = partition.puller(PullOptions.defaults().withPrefetch(prefetch));
        CompletableFuture<List<Delivery>> pulled = new CompletableFuture<>();
        Thread thread = new Thread(() -> pull(puller, pulled));
        thread.start();
        TestQueues.await("a pull", () -> thread.getState() == Thread.State.TIMED_WAITING);
        List<CompletableFuture<?>> pushes = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
          pushes.add(partition.pushAsync(Task.of(round + "-" + i, "")));
          spin(random.nextInt(100_000));
        }
        spin(random.nextInt(400_000));
        if (ending == Ending.CLOSE) {
          puller.close();
        } else {
          thread.interrupt();
        }
        List<Delivery> got = new ArrayList<>(pulled.get());
        pushes.forEach(CompletableFuture::join);
        puller.close();
        pullTheRest(partition, got, TASKS);
        assertThat(got).as("round " + round).hasSize(TASKS);
        got.forEach(Delivery::ack);
      }
    }
  }

  /** The pull of a worker waits without a thread. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTaskThatArrivesWhileAnIdleWorkerEndsIsNotKept(boolean paused) throws Exception {
    Random random = new Random(11);
    QueueConfig config = QueueConfig.defaults().withLease(Duration.ofMinutes(5));
    try (NatsServer server = NatsServer.start();
        TaskQueue queue = NatsQueues.connect(TestQueues.options(server).withQueue(config))) {
      Partition partition = queue.partition("p");
      for (int round = 0; round < ROUNDS; round++) {
        Set<String> handled = ConcurrentHashMap.newKeySet();
        Worker worker =
            partition.work(
                delivery -> handled.add(delivery.taskId()), WorkerOptions.concurrency(TASKS));
        TestQueues.pushed(partition, Task.of("first-" + round, ""));
        String first = "first-" + round;
        TestQueues.await("the first task", () -> handled.remove(first));
        spin(random.nextInt(2_000_000));
        List<CompletableFuture<?>> pushes = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
          pushes.add(partition.pushAsync(Task.of(round + "-" + i, "")));
          spin(random.nextInt(100_000));
        }
        spin(random.nextInt(400_000));
        if (paused) {
          worker.pause();
        }
        worker.close();
        pushes.forEach(CompletableFuture::join);
        List<Delivery> rest = new ArrayList<>();
        int left = TASKS - handled.size();
        pullTheRest(partition, rest, left);
        assertThat(rest).as("round " + round + ", handled " + handled).hasSize(left);
        rest.forEach(Delivery::ack);
      }
    }
  }

  private static void pullTheRest(Partition partition, List<Delivery> got, int count)
      throws InterruptedException {
    long until = System.nanoTime() + BEFORE_THE_LEASE.toNanos();
    try (Puller puller = partition.puller()) {
      while (got.size() < count && System.nanoTime() - until < 0) {
        got.addAll(puller.pull(count, Duration.ofSeconds(5)));
      }
    }
  }

  private static void spin(long nanos) {
    long until = System.nanoTime() + nanos;
    while (System.nanoTime() - until < 0) {
      Thread.onSpinWait();
    }
  }

  private static void pull(Puller puller, CompletableFuture<List<Delivery>> result) {
    try {
      result.complete(puller.pull(10, Duration.ofSeconds(20)));
    } catch (InterruptedException | RuntimeException ended) {
      result.complete(List.of());
    }
  }
}
