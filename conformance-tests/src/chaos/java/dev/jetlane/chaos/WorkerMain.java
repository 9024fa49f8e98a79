// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import dev.jetlane.Partition;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A worker process. It closes its queue when its standard input ends, and ends with its parent. */
final class WorkerMain {

  /** Threads that pull and settle. */
  static final String PULLERS = "pullers";

  /** Workers of the library. */
  static final String HANDLERS = "handlers";

  private static final int SLOW_THREADS = 8;
  private static final long END_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);

  private WorkerMain() {}

  /** Arguments: urls, replicas, history file, seed, partitions, threads, how it works. */
  public static void main(String[] args) throws IOException, InterruptedException {
    ScheduledExecutorService slowLane = Executors.newScheduledThreadPool(SLOW_THREADS);
    try (History history = new History(Path.of(args[2]))) {
      int partitions = Integer.parseInt(args[4]);
      int threads = Integer.parseInt(args[5]);
      if (args[6].equals(HANDLERS)) {
        HandlerWorkers workers = new HandlerWorkers(history, slowLane);
        try (TaskQueue queue = connect(() -> connect(args, workers))) {
          handle(queue, workers, partitions, threads);
        }
      } else {
        long seed = Long.parseLong(args[3]);
        try (TaskQueue queue = connect(() -> connect(args, new QueueListener() {}))) {
          pull(queue, history, slowLane, seed, partitions, threads);
        }
      }
    } finally {
      slowLane.shutdownNow();
    }
    System.out.println(History.now() + " ended in good order");
  }

  private static void pull(
      TaskQueue queue,
      History history,
      ScheduledExecutorService slowLane,
      long seed,
      int partitions,
      int threads)
      throws IOException, InterruptedException {
    List<Worker> workers = new ArrayList<>();
    List<Thread> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Partition partition = ChaosQueues.open(queue, ChaosQueues.partition(i % partitions));
      Worker worker = new Worker(partition, history, slowLane, seed + i);
      Thread thread = new Thread(worker, "worker-" + i);
      thread.start();
      workers.add(worker);
      running.add(thread);
    }
    awaitEndOfInput();
    workers.forEach(Worker::stop);
    for (Thread thread : running) {
      thread.join();
    }
    slowLane.shutdown();
    var unused = slowLane.awaitTermination(1, TimeUnit.MINUTES);
    await("a live connection", () -> queue.health().live());
    await("an answer to each ack", () -> workers.stream().allMatch(w -> w.unanswered() == 0));
  }

  private static void handle(TaskQueue queue, HandlerWorkers workers, int partitions, int threads)
      throws IOException, InterruptedException {
    for (int i = 0; i < threads; i++) {
      workers.start(ChaosQueues.open(queue, ChaosQueues.partition(i % partitions)), i);
    }
    awaitEndOfInput();
    boolean drained = workers.drain();
    await("a live connection", () -> queue.health().live());
    if (!drained) {
      System.out.println(History.now() + " without the end of each task");
      System.exit(1);
    }
  }

  private static void awaitEndOfInput() throws IOException {
    while (System.in.read() >= 0) {
      // The input has no content except its end.
    }
  }

  /** Checks the state shortly after the last fault. */
  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long untilNanos = System.nanoTime() + END_LIMIT_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - untilNanos >= 0) {
        System.out.println(History.now() + " without " + what);
        System.exit(1);
      }
      Pause.millis(50);
    }
  }

  private static TaskQueue connect(String[] args, QueueListener listener) {
    return ChaosQueues.connect(args[0], Integer.parseInt(args[1]), listener);
  }

  private static TaskQueue connect(Supplier<TaskQueue> connecting) throws InterruptedException {
    while (true) {
      try {
        return connecting.get();
      } catch (TaskQueueException e) {
        Pause.millis(100);
      }
    }
  }
}
