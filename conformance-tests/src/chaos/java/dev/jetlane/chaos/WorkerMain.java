// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A worker process. It closes its queue when its standard input ends, and ends with its parent. */
final class WorkerMain {

  private static final int SLOW_THREADS = 8;
  private static final long END_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);

  private WorkerMain() {}

  /** Arguments: urls, replicas, history file, seed, number of partitions, threads. */
  public static void main(String[] args) throws IOException, InterruptedException {
    String urls = args[0];
    int replicas = Integer.parseInt(args[1]);
    long seed = Long.parseLong(args[3]);
    int partitions = Integer.parseInt(args[4]);
    int threads = Integer.parseInt(args[5]);
    ScheduledExecutorService slowTasks = Executors.newScheduledThreadPool(SLOW_THREADS);
    try (History history = new History(Path.of(args[2]));
        HandlerWorkers handlers = new HandlerWorkers(urls, replicas, history, slowTasks);
        TaskQueue queue = ChaosQueues.connect(urls, replicas, new QueueListener() {})) {
      List<Worker> workers = new ArrayList<>();
      List<Thread> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        String name = ChaosQueues.partition(i % partitions);
        if (i % partitions >= partitions / 2) {
          handlers.start(name, i);
          continue;
        }
        Worker worker = new Worker(ChaosQueues.open(queue, name), history, slowTasks, seed + i);
        Thread thread = new Thread(worker, "worker-" + i);
        thread.start();
        workers.add(worker);
        running.add(thread);
      }
      awaitEndOfInput();
      workers.forEach(Worker::stop);
      boolean drained = handlers.drain();
      for (Thread thread : running) {
        thread.join();
      }
      slowTasks.shutdown();
      var unused = slowTasks.awaitTermination(1, TimeUnit.MINUTES);
      await("a live connection", () -> queue.health().live());
      await("an answer to each ack", () -> workers.stream().allMatch(w -> w.unanswered() == 0));
      await("the end of each task", () -> drained);
    }
    System.out.println(History.now() + " ended cleanly");
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
}
