// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.DeadLetter;
import dev.jetlane.Delivery;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConcurrencyTest extends QueueTest {

  private static final int PRODUCERS = 2;
  private static final int TASKS_EACH = 5_000;

  private final Set<String> acked = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean stopClock = new AtomicBoolean();

  /**
   * Runs producers, workers and the clock at the same time, with and without faults. When the
   * partition is empty, exactly the pushed tasks are settled or dead.
   */
  @ParameterizedTest
  @CsvSource({"0, 1", "0, 2", "0, 3", "50, 4", "50, 5", "10, 6"})
  void concurrentThreadsLoseNoTask(int faultsOneIn, long seed) throws Exception {
    configure(CONFIG.withMaxDeliveries(5).withMaxOutstanding(100).withMaxTasks(1_000));
    if (faultsOneIn != 0) {
      server.faults().randomly(faultsOneIn, seed);
    }
    List<Running<Integer>> workers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int prefetch = i;
      workers.add(new Running<>(() -> work(new Random(seed), prefetch)));
    }
    List<Running<Integer>> producers = new ArrayList<>();
    for (int i = 0; i < PRODUCERS; i++) {
      String prefix = "producer" + i + "-";
      producers.add(new Running<>(() -> produce(prefix)));
    }
    Running<Integer> time = new Running<>(this::moveClock);
    for (Running<Integer> running : producers) {
      running.get();
    }
    while (partition.stats().backlog() > 0) {
      Thread.onSpinWait();
    }
    stopClock.set(true);
    time.get();
    Set<String> seen = new HashSet<>();
    for (DeadLetter letter : partition.deadLetters().list(10_000)) {
      seen.add(letter.taskId());
    }
    queue.close();
    for (Running<Integer> running : workers) {
      running.get();
    }
    seen.addAll(acked);

    Set<String> pushed = new HashSet<>();
    for (int i = 0; i < TASKS_EACH; i++) {
      pushed.add("producer0-" + i);
      pushed.add("producer1-" + i);
    }
    assertThat(seen).isEqualTo(pushed);
  }

  /**
   * While the clock stands still, a task has one holder at a time, and each delivery has the next
   * attempt number.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void noTaskHasTwoHolders(long seed) throws Exception {
    configure(CONFIG.withMaxDeliveries(QueueConfig.UNLIMITED));
    Map<String, Integer> attempts = new ConcurrentHashMap<>();
    Map<String, Thread> holders = new ConcurrentHashMap<>();
    for (int i = 0; i < 20; i++) {
      push("t" + i);
    }
    List<Running<Integer>> workers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int prefetch = i;
      workers.add(
          new Running<>(
              () -> {
                Random random = new Random(seed);
                try (Puller mine =
                    partition.puller(PullOptions.defaults().withPrefetch(prefetch))) {
                  for (int n = 0; n < 10_000; n++) {
                    for (Delivery delivery : mine.pull(1 + random.nextInt(3), Duration.ZERO)) {
                      String id = delivery.taskId();
                      assertThat(holders.put(id, Thread.currentThread())).isNull();
                      Integer before = attempts.put(id, delivery.attempt());
                      assertThat(delivery.attempt()).isGreaterThan(before == null ? 0 : before);
                      assertThat(holders.remove(id)).isSameAs(Thread.currentThread());
                      delivery.nak();
                    }
                  }
                  return 0;
                }
              }));
    }
    for (Running<Integer> running : workers) {
      running.get();
    }

    assertThat(partition.stats().backlog()).isEqualTo(20);
    assertThat(pull(100)).hasSize(20);
  }

  private int produce(String prefix) {
    int stored = 0;
    while (stored < TASKS_EACH) {
      try {
        partition.push(Task.of(prefix + stored, "x"));
        stored++;
      } catch (TaskQueueException fullOrFault) {
        Thread.onSpinWait();
      }
    }
    return stored;
  }

  private int moveClock() {
    int steps = 0;
    while (!stopClock.get()) {
      advance(Duration.ofMillis(100));
      steps++;
      Thread.onSpinWait();
    }
    return steps;
  }

  private int work(Random random, int prefetch) throws InterruptedException {
    Puller mine = partition.puller(PullOptions.defaults().withPrefetch(prefetch));
    int pulls = 0;
    while (true) {
      try {
        for (Delivery delivery : mine.pull(1 + random.nextInt(5), Duration.ofSeconds(1))) {
          settle(delivery, random.nextInt(20));
        }
        pulls++;
      } catch (QueueClosedException closed) {
        return pulls;
      } catch (QueueUnavailableException fault) {
        pulls++;
      }
    }
  }

  private void settle(Delivery delivery, int choice) {
    try {
      switch (choice) {
        case 0 -> delivery.nak();
        case 1 -> delivery.nak(Duration.ofSeconds(1));
        case 2 -> delivery.extend();
        case 3 -> delivery.deadLetter("no");
        default -> {
          if (delivery.ack() != Settlement.ALREADY_SETTLED) {
            acked.add(delivery.taskId());
          }
        }
      }
    } catch (OutcomeUnknownException fault) {
      // If it was an ack, the task may be removed; otherwise its lease expires.
      if (choice > 3) {
        acked.add(delivery.taskId());
      }
    } catch (LeaseExpiredException | QueueUnavailableException expired) {
      // Another worker has the task, or will get it.
    }
  }
}
