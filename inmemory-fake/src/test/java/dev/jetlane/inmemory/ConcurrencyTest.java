package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.DeadLetter;
import dev.jetlane.Delivery;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ConcurrencyTest extends QueueTest {

  private static final int PRODUCERS = 2;
  private static final int TASKS_EACH = 5_000;

  private final Set<String> acked = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean stopClock = new AtomicBoolean();

  /**
   * Everybody at once, while the clock runs: what was pushed is settled or still there, and nothing
   * else.
   */
  @Test
  void nothingIsLostWhateverThreadsDo() throws Exception {
    configure(CONFIG.withMaxDeliveries(5).withMaxOutstanding(100).withMaxTasks(1_000));
    List<Running<Integer>> workers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int seed = i;
      workers.add(new Running<>(() -> work(new Random(seed), seed)));
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
    Set<String> seen = new HashSet<>(acked);
    for (DeadLetter letter : partition.deadLetters().list(10_000)) {
      seen.add(letter.taskId());
    }
    queue.close();
    for (Running<Integer> running : workers) {
      running.get();
    }

    Set<String> pushed = new HashSet<>();
    for (int i = 0; i < TASKS_EACH; i++) {
      pushed.add("producer0-" + i);
      pushed.add("producer1-" + i);
    }
    assertThat(seen).isEqualTo(pushed);
  }

  private int produce(String prefix) {
    int stored = 0;
    while (stored < TASKS_EACH) {
      try {
        partition.push(Task.of(prefix + stored, "x"));
        stored++;
      } catch (TaskQueueException full) {
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
    try {
      while (true) {
        for (Delivery delivery : mine.pull(1 + random.nextInt(5), Duration.ofSeconds(1))) {
          settle(delivery, random.nextInt(20));
        }
        pulls++;
      }
    } catch (QueueClosedException closed) {
      return pulls;
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
    } catch (LeaseExpiredException expired) {
      // Another worker has it by now, or will.
    }
  }
}
