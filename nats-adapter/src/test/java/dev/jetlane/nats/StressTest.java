// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Many concurrent threads: each pushed task is acked, dead-lettered or still stored, exactly once.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class StressTest {

  private static final int THREADS = 4;
  private static final int PER_THREAD = 2_000;

  private final Set<String> acked = ConcurrentHashMap.newKeySet();
  private final Set<String> deadLettered = ConcurrentHashMap.newKeySet();
  private final AtomicInteger twice = new AtomicInteger();

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 500})
  void nothingIsLostOrDeliveredTwice(int prefetch) throws Exception {
    try (NatsServer server = NatsServer.start();
        TaskQueue queue =
            NatsQueues.connect(TestQueues.options(server).withQueue(TestQueues.config()))) {
      Partition partition = queue.partition("p");
      List<Callable<Void>> jobs = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        String name = "t" + thread + "-";
        jobs.add(() -> push(partition, name));
        jobs.add(() -> work(partition, prefetch));
      }
      ExecutorService pool = Executors.newFixedThreadPool(jobs.size());
      for (Future<Void> job : pool.invokeAll(jobs)) {
        job.get();
      }
      pool.shutdown();
      assertThat(twice).hasValue(0);
      assertThat(acked.size() + deadLettered.size()).isEqualTo(THREADS * PER_THREAD);
      TestQueues.awaitStats(partition, new Stats(0, 0, deadLettered.size()));
    }
  }

  private static Void push(Partition partition, String name) {
    List<Task> batch = new ArrayList<>();
    for (int i = 0; i < PER_THREAD; i++) {
      batch.add(Task.of(name + i, "payload"));
      if (batch.size() == 50) {
        partition.pushAll(batch).requireAllStored();
        batch.clear();
      }
    }
    return null;
  }

  /** Each delivery is acked, given back, or dead-lettered, depending on its number. */
  private Void work(Partition partition, int prefetch) throws InterruptedException {
    try (Puller puller = partition.puller(PullOptions.defaults().withPrefetch(prefetch))) {
      int number = 0;
      while (acked.size() + deadLettered.size() < THREADS * PER_THREAD) {
        for (Delivery delivery : puller.pull(20, Duration.ofMillis(200))) {
          number++;
          if (number % 97 == 0) {
            delivery.deadLetter("number " + number);
            note(deadLettered, delivery);
          } else if (number % 13 == 0) {
            delivery.nak();
          } else {
            delivery.ackAsync().join();
            note(acked, delivery);
          }
        }
      }
    }
    return null;
  }

  private void note(Set<String> done, Delivery delivery) {
    if (!done.add(delivery.taskId())) {
      twice.incrementAndGet();
    }
  }
}
