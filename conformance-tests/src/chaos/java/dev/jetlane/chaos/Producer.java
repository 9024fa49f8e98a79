// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import dev.jetlane.Partition;
import dev.jetlane.PushOutcome;
import dev.jetlane.PushReport;
import dev.jetlane.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Pushes tasks at a steady rate. Repeats each push with the same id until it is confirmed or has
 * been tried several times.
 */
final class Producer implements Runnable {

  private static final int BATCH = 20;

  /** Few enough that some pushes are given up; their tasks must be done once or never. */
  private static final int TRIES = 4;

  private final List<Partition> partitions;
  private final History history;
  private final String name;
  private final long nanosPerBatch;
  private final boolean withBigPayloads;
  private volatile boolean stopping;
  private volatile long longestCallNanos;

  Producer(List<Partition> partitions, History history, String name, Settings settings) {
    this.partitions = List.copyOf(partitions);
    this.history = history;
    this.name = name;
    nanosPerBatch =
        TimeUnit.SECONDS.toNanos(BATCH) / (settings.tasksPerSecond() / settings.producers());
    withBigPayloads = settings.has(Fault.BIG_PAYLOAD);
  }

  void stop() {
    stopping = true;
  }

  long longestCallNanos() {
    return longestCallNanos;
  }

  @Override
  public void run() {
    long number = 0;
    long dueNanos = System.nanoTime();
    try {
      while (!stopping) {
        int index = (int) (number / BATCH % partitions.size());
        List<Task> tasks = new ArrayList<>(BATCH);
        for (int i = 0; i < BATCH; i++) {
          tasks.add(task(index, number++));
        }
        push(partitions.get(index), tasks);
        // The producer does not make up for the time of a stopped server.
        dueNanos = Math.max(dueNanos + nanosPerBatch, System.nanoTime() - nanosPerBatch);
        Pause.millis(TimeUnit.NANOSECONDS.toMillis(dueNanos - System.nanoTime()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Task task(int partition, long number) {
    TaskKind kind = TaskKind.of(number);
    boolean plain = kind == TaskKind.BIG && !withBigPayloads;
    String id = ChaosQueues.taskId(partition, name, number) + (plain ? "" : kind.suffix());
    Task task = Task.of(id, ChaosQueues.payload(id));
    return kind == TaskKind.LATER ? task.withDelay(TaskKind.DELAY) : task;
  }

  private void push(Partition partition, List<Task> tasks) throws InterruptedException {
    List<Task> open = tasks;
    for (int tries = 0; tries < TRIES && !open.isEmpty(); tries++) {
      if (tries > 0) {
        Pause.millis(200);
      }
      open = tryAll(partition, open);
    }
  }

  /** Returns the unconfirmed tasks. */
  private List<Task> tryAll(Partition partition, List<Task> tasks) {
    long since = History.now();
    tasks.forEach(task -> history.write(Event.Kind.PUSH, task.id(), 0));
    List<Task> open = new ArrayList<>();
    PushReport report = pushAll(partition, tasks);
    for (int i = 0; i < tasks.size(); i++) {
      Event.Outcome outcome = outcome(report.outcomes().get(i));
      write(tasks.get(i), since, outcome);
      if (outcome == Event.Outcome.UNKNOWN || outcome == Event.Outcome.FAILED) {
        open.add(tasks.get(i));
      }
    }
    return open;
  }

  private PushReport pushAll(Partition partition, List<Task> tasks) {
    long startNanos = System.nanoTime();
    try {
      return partition.pushAll(tasks);
    } finally {
      longestCallNanos = Math.max(longestCallNanos, System.nanoTime() - startNanos);
    }
  }

  private void write(Task task, long since, Event.Outcome outcome) {
    history.write(Event.Kind.PUSHED, task.id(), 0, since, outcome);
  }

  private static Event.Outcome outcome(PushOutcome outcome) {
    if (outcome instanceof PushOutcome.Stored stored) {
      return stored.receipt().duplicate() ? Event.Outcome.DUPLICATE : Event.Outcome.OK;
    }
    return outcome instanceof PushOutcome.Unknown ? Event.Outcome.UNKNOWN : Event.Outcome.FAILED;
  }
}
