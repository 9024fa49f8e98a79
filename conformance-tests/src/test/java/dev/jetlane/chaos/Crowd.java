package dev.jetlane.chaos;

import dev.jetlane.Partition;
import dev.jetlane.Stats;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The producers of a run, in this process, and the look at what is left at its end. */
final class Crowd implements AutoCloseable {

  private static final long DRAIN_LIMIT_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final TaskQueue queue;
  private final List<Partition> partitions = new ArrayList<>();
  private final List<Producer> producers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  Crowd(Settings settings, TaskQueue queue, History history) {
    this.queue = queue;
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

  /** Ends the pushes and waits until every task was settled; returns what is left. */
  List<Stats> drain() throws InterruptedException {
    producers.forEach(Producer::stop);
    for (Thread thread : threads) {
      thread.join();
    }
    long untilNanos = System.nanoTime() + DRAIN_LIMIT_NANOS;
    List<Stats> left = stats();
    while (!isDrained(left) && System.nanoTime() - untilNanos < 0) {
      Pause.millis(200);
      left = stats();
    }
    return left;
  }

  static boolean isDrained(List<Stats> left) {
    return !left.isEmpty() && left.stream().allMatch(new Stats(0, 0, 0)::equals);
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

  /** Empty if a partition cannot tell at the moment. */
  private List<Stats> stats() {
    List<Stats> all = new ArrayList<>();
    try {
      for (Partition partition : partitions) {
        all.add(partition.stats());
      }
      return all;
    } catch (TaskQueueException e) {
      return List.of();
    }
  }
}
