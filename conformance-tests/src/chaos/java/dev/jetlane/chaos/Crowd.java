package dev.jetlane.chaos;

import dev.jetlane.Partition;
import dev.jetlane.TaskQueue;
import io.nats.client.Connection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The producers of a run, in this process, and the count of the remaining tasks at its end. */
final class Crowd implements AutoCloseable {

  private static final long DRAIN_LIMIT_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final TaskQueue queue;
  private final Connection look;
  private final List<Partition> partitions = new ArrayList<>();
  private final List<Producer> producers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  /**
   * @param look a connection to the servers themselves, past the proxies
   */
  Crowd(Settings settings, TaskQueue queue, Connection look, History history) {
    this.queue = queue;
    this.look = look;
    for (int i = 0; i < settings.partitions(); i++) {
      partitions.add(queue.partition(ChaosQueues.partition(i)));
    }
    for (int i = 0; i < settings.producers(); i++) {
      int rate = settings.tasksPerSecond() / settings.producers();
      Producer producer = new Producer(partitions, history, "a" + i, rate);
      Thread thread = new Thread(producer, "producer-" + i);
      thread.start();
      producers.add(producer);
      threads.add(thread);
    }
  }

  static Path historyFile(Path folder) {
    return folder.resolve("main.history");
  }

  /** Ends the pushes and waits until every task was settled; returns the remaining tasks. */
  Remains drain() throws InterruptedException {
    producers.forEach(Producer::stop);
    for (Thread thread : threads) {
      thread.join();
    }
    long untilNanos = System.nanoTime() + DRAIN_LIMIT_NANOS;
    Remains left = null;
    while ((left == null || !left.isDrained()) && System.nanoTime() - untilNanos < 0) {
      Pause.millis(200);
      left = Remains.look(look, partitions.size());
    }
    return left == null ? new Remains(-1, -1, List.of()) : left;
  }

  long longestCallMillis() {
    long longest = producers.stream().mapToLong(Producer::longestCallNanos).max().orElse(0);
    return TimeUnit.NANOSECONDS.toMillis(longest);
  }

  @Override
  public void close() {
    producers.forEach(Producer::stop);
    queue.close();
  }
}
