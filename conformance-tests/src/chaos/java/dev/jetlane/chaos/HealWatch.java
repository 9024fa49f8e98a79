// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Two pullers and a worker of one client, each on its own partition, and the time of the recovery
 * of each.
 */
final class HealWatch implements AutoCloseable {

  static final List<String> PARTITIONS = List.of("puller", "prefetch 50", "worker");

  private static final Duration WAIT = Duration.ofSeconds(30);
  private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(3);
  private static final long ERROR_PAUSE_MILLIS = 20;

  private final TaskQueue queue;
  private final TaskQueue direct;
  private final Map<String, Partition> pushed = new LinkedHashMap<>();
  private final Map<String, Long> arrivals = new ConcurrentHashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Worker worker;
  private int tasks;

  /**
   * @param queue the observed client
   * @param direct an undisturbed client, which pushes
   */
  HealWatch(TaskQueue queue, TaskQueue direct) {
    this.queue = queue;
    this.direct = direct;
    PARTITIONS.forEach(name -> pushed.put(name, open(direct, name)));
    pull(open(queue, PARTITIONS.get(0)).puller());
    pull(open(queue, PARTITIONS.get(1)).puller(PullOptions.defaults().withPrefetch(50)));
    worker =
        open(queue, PARTITIONS.get(2))
            .work(delivery -> arrived(delivery.taskId()), WorkerOptions.concurrency(2));
  }

  /** Converts a name of the table, which is not a valid name of a partition. */
  private static Partition open(TaskQueue queue, String name) {
    return queue.partition(name.replace(' ', '-'));
  }

  /** Opens the partitions again, as an administrator does after a deletion. */
  void openAgain() {
    PARTITIONS.forEach(name -> open(queue, name));
  }

  /** Waits until everything has recovered; returns the times since the repair, including health. */
  Map<String, Long> millisSince(long healedNanos) throws InterruptedException {
    String id = "task-" + tasks++;
    pushed.forEach((name, partition) -> push(partition, name + " " + tasks, id));
    await("health", () -> queue.health().ready());
    Map<String, Long> millis = new LinkedHashMap<>();
    long healthy = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - healedNanos);
    for (String name : PARTITIONS) {
      String task = taskId(name + " " + tasks, id);
      await(name, () -> arrivals.containsKey(task));
      long arrived = arrivals.getOrDefault(task, healedNanos) - healedNanos;
      millis.put(name, TimeUnit.NANOSECONDS.toMillis(arrived));
    }
    millis.put("health", healthy);
    return millis;
  }

  private static String taskId(String what, String id) {
    return what.replace(' ', '-') + "-" + id;
  }

  private static void push(Partition partition, String what, String id) {
    long untilNanos = System.nanoTime() + LIMIT_NANOS;
    while (true) {
      try {
        var unused = partition.push(Task.of(taskId(what, id), ""));
        return;
      } catch (TaskQueueException e) {
        if (System.nanoTime() - untilNanos > 0) {
          throw e;
        }
      }
    }
  }

  private void pull(Puller puller) {
    Thread thread =
        new Thread(
            () -> {
              try (puller) {
                while (true) {
                  pullOnce(puller);
                }
              } catch (QueueClosedException | InterruptedException e) {
                // The end of the watch.
              }
            });
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  private void pullOnce(Puller puller) throws InterruptedException {
    try {
      for (Delivery delivery : puller.pull(1, WAIT)) {
        arrived(delivery.taskId());
        delivery.ack();
      }
    } catch (QueueClosedException e) {
      throw e;
    } catch (TaskQueueException e) {
      Pause.millis(ERROR_PAUSE_MILLIS);
    }
  }

  private void arrived(String taskId) {
    arrivals.putIfAbsent(taskId, System.nanoTime());
  }

  static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long untilNanos = System.nanoTime() + LIMIT_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - untilNanos > 0) {
        throw new AssertionError("condition not met: " + what);
      }
      Pause.millis(5);
    }
  }

  @Override
  public void close() throws InterruptedException {
    worker.close();
    queue.close();
    direct.close();
    for (Thread thread : threads) {
      thread.join();
    }
  }
}
