// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.Page;
import dev.jetlane.PartitionSummary;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Removal;
import dev.jetlane.Stats;
import dev.jetlane.TaskInfo;
import dev.jetlane.TaskQuery;
import dev.jetlane.driver.DeadLetterDriver;
import dev.jetlane.driver.PartitionAdminDriver;
import dev.jetlane.inmemory.model.PartitionBrowser;
import dev.jetlane.inmemory.model.PartitionState;
import java.time.Duration;
import java.util.Optional;

/** The operator's view of a {@link PartitionState}. */
final class InMemoryPartitionAdmin implements PartitionAdminDriver {

  private final Connection connection;
  private final PartitionState state;
  private final PartitionBrowser browser;

  InMemoryPartitionAdmin(Connection connection, PartitionState state) {
    this.connection = connection;
    this.state = state;
    browser = new PartitionBrowser(state);
  }

  @Override
  public PartitionSummary summary(long deadlineNanos) {
    return perform(Operation.ADMIN, deadlineNanos, now -> summary(state, now));
  }

  /** The caller holds the lock and has called {@link PartitionState#catchUp}. */
  static PartitionSummary summary(PartitionState state, long now) {
    return new PartitionSummary(
        state.name,
        state.stats(),
        state.pulls.waiting(),
        state.isPaused()
            ? Optional.of(Duration.ofNanos(state.pausedUntilNanos() - now))
            : Optional.empty());
  }

  @Override
  public Page<TaskInfo> tasks(TaskQuery query, long deadlineNanos) {
    return perform(Operation.ADMIN_FIND, deadlineNanos, now -> browser.tasks(query, now));
  }

  @Override
  public Optional<TaskInfo> find(String taskId, long stepNanos) {
    return perform(Operation.ADMIN_FIND, deadlineOf(stepNanos), now -> browser.find(taskId, now));
  }

  @Override
  public Removal remove(String taskId, long stepNanos) {
    return perform(Operation.CHANGE, deadlineOf(stepNanos), now -> browser.remove(taskId, now));
  }

  private long deadlineOf(long stepNanos) {
    return connection.time.nanos() + stepNanos;
  }

  @Override
  public long purge(long deadlineNanos) {
    return perform(Operation.ADMIN_CHANGE, deadlineNanos, state::purge);
  }

  @Override
  public void delete(boolean inUse, long deadlineNanos) {
    connection.change(
        Operation.ADMIN_CHANGE,
        state,
        deadlineNanos,
        now -> {
          if (!inUse) {
            requireUnused();
          }
          state.delete(now);
        });
  }

  private void requireUnused() {
    Stats stats = state.stats();
    if (stats.backlog() + stats.delayed() + stats.dead() + state.pulls.waiting() > 0) {
      throw new QueueRejectedException(
          "partition "
              + state.name
              + " is in use, so it was not deleted: "
              + stats
              + ", "
              + state.pulls.waiting()
              + " pulls wait",
          null);
    }
  }

  @Override
  public void pause(Duration time, long deadlineNanos) {
    connection.change(
        Operation.ADMIN_CHANGE,
        state,
        deadlineNanos,
        now -> {
          requireConsumer();
          state.pause(now + time.toNanos(), now);
          connection.faults.confirmMore(Operation.ADMIN_CHANGE, state.config().priorities() - 1);
        });
  }

  @Override
  public void resume(long deadlineNanos) {
    connection.change(
        Operation.CHANGE,
        state,
        deadlineNanos,
        now -> {
          requireConsumer();
          state.resume(now);
          connection.faults.confirmMore(Operation.CHANGE, state.config().priorities() - 1);
        });
  }

  /** A pause belongs to the consumer. No operator's call creates it. */
  private void requireConsumer() {
    if (state.isConsumerDeleted()) {
      throw new QueueUnavailableException(state.gone(), null);
    }
  }

  @Override
  public DeadLetterDriver deadLetters() {
    return new InMemoryDeadLetters(connection, state, browser);
  }

  private <T> T perform(
      Operation operation, long deadlineNanos, Connection.Action<T, RuntimeException> action) {
    return connection.perform(operation, state, deadlineNanos, action);
  }
}
