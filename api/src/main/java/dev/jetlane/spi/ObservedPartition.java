package dev.jetlane.spi;

import dev.jetlane.AsyncTaskHandler;
import dev.jetlane.DeadLetters;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushOutcome;
import dev.jetlane.PushReceipt;
import dev.jetlane.PushReport;
import dev.jetlane.QueueClosedException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskHandler;
import dev.jetlane.TaskQueueException;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;

/** A partition whose pushes and pullers are observed. */
final class ObservedPartition implements Partition, WorkerHost.Provider {

  private final Partition partition;
  private final Observation observation;
  private final LongSupplier nanoTime;

  ObservedPartition(Partition partition, Observation observation, LongSupplier nanoTime) {
    this.partition = partition;
    this.observation = observation;
    this.nanoTime = nanoTime;
  }

  @Override
  public String name() {
    return partition.name();
  }

  @Override
  public PushReceipt push(Task task) {
    if (task == null) {
      return partition.push(task);
    }
    try {
      PushReceipt receipt = partition.push(observation.pushing(name(), task));
      pushed(receipt);
      return receipt;
    } catch (TaskQueueException e) {
      failed(task.id(), e);
      throw e;
    }
  }

  @Override
  public CompletableFuture<PushReceipt> pushAsync(Task task) {
    if (task == null) {
      return partition.pushAsync(task);
    }
    CompletableFuture<PushReceipt> told = new CompletableFuture<>();
    var unused =
        partition
            .pushAsync(observation.pushing(name(), task))
            .whenComplete(
                (receipt, error) -> {
                  if (error == null) {
                    pushed(receipt);
                    told.complete(receipt);
                  } else {
                    if (cause(error) instanceof TaskQueueException e) {
                      failed(task.id(), e);
                    }
                    told.completeExceptionally(error);
                  }
                });
    return told;
  }

  @Override
  public PushReport pushAll(List<Task> tasks) {
    if (tasks == null) {
      return partition.pushAll(tasks);
    }
    List<Task> all = new ArrayList<>(tasks);
    all.replaceAll(task -> task == null ? task : observation.pushing(name(), task));
    PushReport report = partition.pushAll(all);
    for (PushOutcome outcome : report.outcomes()) {
      if (outcome instanceof PushOutcome.Stored stored) {
        pushed(stored.receipt());
      } else if (outcome instanceof PushOutcome.Refused refused) {
        failed(refused.taskId(), refused.error());
      } else if (outcome instanceof PushOutcome.Unknown unknown) {
        failed(unknown.taskId(), unknown.error());
      }
    }
    return report;
  }

  @Override
  public boolean cancel(String taskId) {
    return partition.cancel(taskId);
  }

  @Override
  public Puller puller() {
    return observed(partition.puller());
  }

  @Override
  public Puller puller(PullOptions options) {
    return observed(partition.puller(options));
  }

  @Override
  public WorkerHost workerHost() {
    return WorkerHost.of(partition);
  }

  /** The worker works on this partition, so that what it does is observed. */
  @Override
  public Worker work(TaskHandler handler, WorkerOptions options) {
    return Partition.super.work(handler, options);
  }

  /** As {@link #work}. */
  @Override
  public Worker workAsync(AsyncTaskHandler handler, WorkerOptions options) {
    return Partition.super.workAsync(handler, options);
  }

  @Override
  public DeadLetters deadLetters() {
    return partition.deadLetters();
  }

  @Override
  public Stats stats() {
    return partition.stats();
  }

  @Override
  public Optional<Duration> oldestAge() {
    return partition.oldestAge();
  }

  private Puller observed(Puller puller) {
    return new ObservedPuller(puller, name(), observation, nanoTime);
  }

  private void pushed(PushReceipt receipt) {
    observation.pushed(name(), receipt.taskId(), receipt.duplicate());
  }

  private void failed(String taskId, TaskQueueException error) {
    if (!(error instanceof QueueClosedException)) {
      observation.pushFailed(name(), taskId, error);
    }
  }

  static Throwable cause(Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }

  @Override
  public String toString() {
    return partition.toString();
  }
}
