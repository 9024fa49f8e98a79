// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import io.nats.client.Connection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The producers of a run, in this process, and the count of the remaining tasks at its end. */
final class Crowd implements AutoCloseable {

  private static final long LAST_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final TaskQueue queue;
  private final Connection look;
  private final History history;
  private final long limitNanos;
  private boolean pushesAgain = true;
  private final List<Partition> partitions = new ArrayList<>();
  private final List<Producer> producers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  /**
   * @param look a connection to the servers that bypasses the proxies
   */
  Crowd(Settings settings, TaskQueue queue, Connection look, History history)
      throws InterruptedException {
    this.queue = queue;
    this.look = look;
    this.history = history;
    limitNanos = settings.drainLimit().toNanos();
    for (int i = 0; i < settings.partitions(); i++) {
      partitions.add(ChaosQueues.open(queue, ChaosQueues.partition(i)));
    }
    for (int i = 0; i < settings.producers(); i++) {
      Producer producer = new Producer(partitions, history, "a" + i, settings);
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
    partitions.forEach(this::pushLast);
    long untilNanos = System.nanoTime() + limitNanos;
    Remains left = null;
    while ((left == null || !left.isDrained()) && System.nanoTime() - untilNanos < 0) {
      Pause.millis(200);
      left = Remains.look(look, partitions.size());
    }
    return left == null ? new Remains(-1, -1, -1, List.of()) : left;
  }

  /** Pushes one more task, now that all faults are over. */
  private void pushLast(Partition partition) {
    String id = partition.name() + ".last.0";
    long untilNanos = System.nanoTime() + LAST_NANOS;
    boolean stored = false;
    history.write(Event.Kind.PUSH, id, 0);
    while (!stored && System.nanoTime() - untilNanos < 0) {
      stored = isStored(partition, Task.of(id, ChaosQueues.payload(id)));
    }
    pushesAgain &= stored;
    Event.Outcome outcome = stored ? Event.Outcome.OK : Event.Outcome.UNKNOWN;
    history.write(Event.Kind.PUSHED, id, 0, History.now(), outcome);
  }

  private static boolean isStored(Partition partition, Task task) {
    try {
      return partition.pushAll(List.of(task)).allStored();
    } catch (TaskQueueException e) {
      return false;
    }
  }

  /** Whether the producers could push when all faults were over. */
  boolean pushesAgain() {
    return pushesAgain;
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
