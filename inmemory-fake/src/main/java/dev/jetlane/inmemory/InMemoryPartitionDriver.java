// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.DeadLetter;
import dev.jetlane.Limits;
import dev.jetlane.PullOptions;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueConfig;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.driver.PullDriver;
import dev.jetlane.driver.Urgency;
import dev.jetlane.inmemory.model.PartitionState;
import dev.jetlane.inmemory.model.Pushes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The client's view of a {@link PartitionState}. */
final class InMemoryPartitionDriver implements PartitionDriver {

  private final Connection connection;
  private final PartitionState state;
  private final Pushes pushes;
  private final QueueConfig config;
  private final DriverClock clock;

  InMemoryPartitionDriver(
      Connection connection, PartitionState state, QueueConfig config, DriverClock clock) {
    this.connection = connection;
    this.state = state;
    pushes = new Pushes(state);
    this.config = config;
    this.clock = clock;
  }

  @Override
  public DriverClock clock() {
    return clock;
  }

  @Override
  public Duration lease() {
    return state.config().lease();
  }

  @Override
  public DriverFuture<PushReceipt> push(
      Task task, Completion<? super PushReceipt> completion, Urgency urgency, long deadlineNanos) {
    boolean stored;
    try {
      stored =
          connection.perform(
              operation(Pushes.isDelayed(task)),
              state,
              deadlineNanos,
              now -> pushes.push(task, now));
    } catch (TaskQueueException e) {
      return DriverFuture.failed(completion, e);
    }
    return DriverFuture.done(completion, new PushReceipt(task.id(), !stored));
  }

  private Operation operation(boolean delayed) {
    boolean counts = delayed && config.maxTasks() != QueueConfig.UNLIMITED;
    return counts ? Operation.PUSH_LATER : Operation.PUSH;
  }

  @Override
  public List<PushReceipt> pushAtomically(List<Task> tasks, long deadlineNanos) {
    Set<String> stored =
        new HashSet<>(
            connection.perform(
                operation(tasks.stream().anyMatch(Pushes::isDelayed)),
                state,
                deadlineNanos,
                now -> pushes.pushAtomically(tasks, now)));
    // If several tasks have the same id, the first one is the stored one.
    return tasks.stream()
        .map(task -> new PushReceipt(task.id(), !stored.remove(task.id())))
        .toList();
  }

  /**
   * Looks for the task first: if there is none, the call changes nothing, so no fault of a change
   * may hit it.
   */
  @Override
  public boolean cancel(String taskId, long deadlineNanos) {
    return connection.perform(Operation.FIND, state, deadlineNanos, now -> state.isNotDue(taskId))
        && connection.cancel(taskId, state, deadlineNanos);
  }

  @Override
  public PullDriver openPull(
      PullOptions options, Function<Lease, LeasedDelivery> deliveries, long deadlineNanos) {
    List<PullDriver> opened = new ArrayList<>(1);
    try {
      return connection.perform(
          Operation.OPEN,
          state,
          deadlineNanos,
          now -> {
            connection.faults.confirmMore(Operation.OPEN, state.config().priorities() - 1);
            PullDriver made =
                new InMemoryPullDriver(connection, state, config, options, deliveries);
            opened.add(made);
            return made;
          });
    } catch (TaskQueueException e) {
      opened.forEach(unconfirmed -> unconfirmed.close(deadlineNanos)); // No caller has it.
      throw e;
    }
  }

  /** The longest wait, because each end of a wait is an event of the clock. */
  @Override
  public Duration workerWait() {
    return Limits.MAX_WAIT;
  }

  @Override
  public Stats stats(long deadlineNanos) {
    return connection.perform(Operation.STATS, state, deadlineNanos, now -> state.stats());
  }

  @Override
  public Optional<Duration> oldestAge(long deadlineNanos) {
    return connection.perform(
        Operation.LOOK,
        state,
        deadlineNanos,
        now -> {
          // One exchange for the first subject, and one for those of all other priorities together.
          connection.faults.confirmMore(Operation.LOOK, state.config().priorities() > 1 ? 1 : 0);
          return Optional.ofNullable(state.oldestAge(now));
        });
  }

  @Override
  public List<DeadLetter> deadLetters(int max, long deadlineNanos) {
    return connection.perform(
        Operation.DEAD_LETTERS, state, deadlineNanos, now -> state.deadLetters.list(max));
  }

  @Override
  public boolean redrive(String letterId, long deadlineNanos) {
    return connection.redrive(letterId, state, state, false, deadlineNanos);
  }

  @Override
  public long purgeDeadLetters(long deadlineNanos) {
    return connection.perform(
        Operation.CHANGE, state, deadlineNanos, now -> state.deadLetters.clear());
  }
}
