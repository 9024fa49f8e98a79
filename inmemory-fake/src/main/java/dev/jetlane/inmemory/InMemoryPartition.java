package dev.jetlane.inmemory;

import dev.jetlane.DeadLetters;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushOutcome;
import dev.jetlane.PushReceipt;
import dev.jetlane.PushReport;
import dev.jetlane.QueueClosedException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.spi.WorkerHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A client's view of a {@link PartitionState}. */
final class InMemoryPartition implements Partition, WorkerHost.Provider {

  private final InMemoryQueue queue;
  private final PartitionState state;

  InMemoryPartition(InMemoryQueue queue, PartitionState state) {
    this.queue = queue;
    this.state = state;
  }

  @Override
  public String name() {
    return state.name;
  }

  @Override
  public PushReceipt push(Task task) {
    check(task);
    queue.lock();
    try {
      queue.requireOpen();
      return store(task, now());
    } finally {
      queue.unlock();
    }
  }

  @Override
  public CompletableFuture<PushReceipt> pushAsync(Task task) {
    try {
      return CompletableFuture.completedFuture(push(task));
    } catch (QueueClosedException e) {
      throw e;
    } catch (TaskQueueException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public PushReport pushAll(List<Task> tasks) {
    if (tasks == null) {
      throw new InvalidInputException("list of tasks", null, "must not be null");
    }
    List<Task> all = new ArrayList<>(tasks);
    all.forEach(this::check);
    List<PushOutcome> outcomes = new ArrayList<>(all.size());
    queue.lock();
    try {
      queue.requireOpen();
      long now = now();
      for (Task task : all) {
        outcomes.add(outcome(task, now));
      }
    } finally {
      queue.unlock();
    }
    return new PushReport(outcomes);
  }

  @Override
  public boolean cancel(String taskId) {
    Limits.checkTaskId(taskId);
    queue.lock();
    try {
      queue.requireOpen();
      long now = now();
      queue.faults.arrive(Faults.Call.CANCEL);
      boolean cancelled = state.cancel(taskId, now);
      queue.faults.confirm(Faults.Call.CANCEL);
      return cancelled;
    } finally {
      queue.unlock();
    }
  }

  @Override
  public Puller puller(PullOptions options) {
    if (options == null) {
      throw new InvalidInputException("pull options", null, "must not be null");
    }
    queue.lock();
    try {
      queue.requireConnected();
      queue.faults.requireConsumer(state);
      return new InMemoryPuller(queue, state, options);
    } finally {
      queue.unlock();
    }
  }

  @Override
  public WorkerHost workerHost() {
    return queue.workers;
  }

  @Override
  public DeadLetters deadLetters() {
    return new InMemoryDeadLetters(queue, state);
  }

  @Override
  public Optional<Duration> oldestAge() {
    queue.lock();
    try {
      queue.requireConnected();
      long now = now();
      queue.faults.requireConsumer(state);
      return Optional.ofNullable(state.oldestAge(now));
    } finally {
      queue.unlock();
    }
  }

  @Override
  public Stats stats() {
    queue.lock();
    try {
      queue.requireConnected();
      now();
      queue.faults.requireConsumer(state);
      return state.stats();
    } finally {
      queue.unlock();
    }
  }

  private long now() {
    return state.catchUp(queue.time);
  }

  private PushReceipt store(Task task, long now) {
    queue.faults.arrive(Faults.Call.PUSH);
    PushReceipt receipt = new PushReceipt(task.id(), !state.push(task, now));
    queue.faults.confirm(Faults.Call.PUSH);
    return receipt;
  }

  private PushOutcome outcome(Task task, long now) {
    try {
      return new PushOutcome.Stored(store(task, now));
    } catch (OutcomeUnknownException e) {
      return new PushOutcome.Unknown(task.id(), e);
    } catch (TaskQueueException e) {
      return new PushOutcome.Refused(task.id(), e);
    }
  }

  private void check(@Nullable Task task) {
    if (task == null) {
      throw new InvalidInputException("task", null, "must not be null");
    }
    Limits.checkPayloadSize(task.payloadSize(), state.config.maxPayloadBytes());
    Limits.checkPriority(task.priority(), state.config.priorities());
  }

  @Override
  public String toString() {
    return "Partition[" + name() + "]";
  }
}
