// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import java.time.Duration;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Push, pull and ack of one task on the in-memory fake, on one thread: the cost in a unit test.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar FakeBenchmark -prof gc -p outstanding=0,10000,900000
 * }</pre>
 */
@SuppressWarnings("NullAway.Init") // JMH calls the @Setup method before anything else.
public class FakeBenchmark extends Timed {

  private static final int CYCLES_PER_WINDOW = 10_000;
  private static final int BATCH = 1_000;
  private static final Duration WINDOW = Duration.ofMillis(100);

  /** The number of leases that others hold meanwhile. */
  @Param("0")
  public int outstanding;

  private final ManualClock clock = new ManualClock();
  private final byte[] payload = Target.payload(128);
  private TaskQueue queue;
  private Partition partition;
  private Puller puller;
  private long nextId;

  @Setup(Level.Trial)
  public void open() throws InterruptedException {
    queue =
        InMemoryServer.create(clock)
            .connect(
                QueueConfig.defaults()
                    .withLease(Duration.ofDays(7))
                    .withDedupWindow(WINDOW)
                    .withMaxOutstanding(1_000_000));
    partition = queue.partition("bench");
    puller = partition.puller(PullOptions.defaults());
    for (int leased = 0; leased < outstanding; ) {
      int batch = Math.min(BATCH, outstanding - leased);
      for (int i = 0; i < batch; i++) {
        partition.push(task());
      }
      leased += puller.pull(batch, Duration.ZERO).size();
    }
  }

  /** Pushes, pulls and acks one task. */
  @Benchmark
  public Settlement cycle() throws InterruptedException {
    // Virtual time has to pass, or the queue would have to remember every id forever.
    if (nextId % CYCLES_PER_WINDOW == 0) {
      clock.advance(WINDOW);
    }
    partition.push(task());
    Delivery delivery = puller.pull(1, Duration.ZERO).get(0);
    return delivery.ack();
  }

  @TearDown(Level.Trial)
  public void close() {
    long left = partition.stats().backlog();
    queue.close();
    if (left != outstanding) {
      throw new IllegalStateException(
          "the partition holds " + left + " tasks after the run, and should hold " + outstanding);
    }
  }

  private Task task() {
    return Task.of("task-" + nextId++, payload);
  }
}
