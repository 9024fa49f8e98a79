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
import dev.jetlane.inmemory.model.PartitionState;
import dev.jetlane.spi.LeaseKeeper;
import dev.jetlane.spi.Observation;
import dev.jetlane.spi.WorkerHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A client's view of a {@link PartitionState}. */
final class InMemoryPartition implements Partition, WorkerHost.Provider {

  private final Connection connection;
  private final PartitionState state;
  private final Observation observation;
  private final LeaseKeeper keeper;
  private final WorkerHost workers;

  InMemoryPartition(
      Connection connection,
      PartitionState state,
      Observation observation,
      LeaseKeeper keeper,
      WorkerHost workers) {
    this.connection = connection;
    this.state = state;
    this.observation = observation;
    this.keeper = keeper;
    this.workers = workers;
  }

  @Override
  public String name() {
    return state.name;
  }

  @Override
  public PushReceipt push(Task task) {
    check(task);
    return store(task);
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
    connection.time.enter(); // No other call comes in between.
    try {
      connection.requireOpen();
      all.forEach(task -> outcomes.add(outcome(task)));
    } finally {
      connection.time.unlock();
    }
    return new PushReport(outcomes);
  }

  @Override
  public boolean cancel(String taskId) {
    Limits.checkTaskId(taskId);
    return connection.perform(Operation.CANCEL, state, now -> state.cancel(taskId, now));
  }

  @Override
  public Puller puller(PullOptions options) {
    if (options == null) {
      throw new InvalidInputException("pull options", null, "must not be null");
    }
    return connection.perform(
        Operation.LOOK,
        state,
        now -> new InMemoryPuller(connection, state, options, keeper, observation));
  }

  @Override
  public WorkerHost workerHost() {
    return workers;
  }

  @Override
  public DeadLetters deadLetters() {
    return new InMemoryDeadLetters(connection, state);
  }

  @Override
  public Optional<Duration> oldestAge() {
    return Optional.ofNullable(
        connection.<@Nullable Duration, RuntimeException>perform(
            Operation.LOOK, state, state::oldestAge));
  }

  @Override
  public Stats stats() {
    return connection.perform(Operation.LOOK, state, now -> state.stats());
  }

  private PushReceipt store(Task task) {
    boolean stored = connection.perform(Operation.PUSH, state, now -> state.push(task, now));
    return new PushReceipt(task.id(), !stored);
  }

  private PushOutcome outcome(Task task) {
    try {
      return new PushOutcome.Stored(store(task));
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
