// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Page;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.driver.DeadLetterDriver;
import dev.jetlane.inmemory.model.PartitionBrowser;
import dev.jetlane.inmemory.model.PartitionState;
import java.util.Optional;

/** The operator's view of the dead letters of a partition. */
final class InMemoryDeadLetters implements DeadLetterDriver {

  private final Connection connection;
  private final PartitionState state;
  private final PartitionBrowser browser;

  InMemoryDeadLetters(Connection connection, PartitionState state, PartitionBrowser browser) {
    this.connection = connection;
    this.state = state;
    this.browser = browser;
  }

  @Override
  public Page<DeadLetter> page(DeadLetterQuery query, long deadlineNanos) {
    return perform(Operation.ADMIN_FIND, deadlineNanos, now -> browser.deadLetters(query));
  }

  @Override
  public Optional<DeadLetter> find(String letterId, long deadlineNanos) {
    return perform(Operation.ADMIN_FIND, deadlineNanos, now -> state.deadLetters.copyOf(letterId));
  }

  @Override
  public boolean remove(String letterId, long deadlineNanos) {
    return perform(
        Operation.ADMIN_CHANGE, deadlineNanos, now -> state.deadLetters.remove(letterId));
  }

  @Override
  public boolean redrive(String letterId, long deadlineNanos) {
    return connection.redrive(letterId, state, state, true, deadlineNanos);
  }

  @Override
  public boolean move(String letterId, String partition, long deadlineNanos) {
    return connection.redrive(
        letterId, state, target(partition, deadlineNanos), true, deadlineNanos);
  }

  @Override
  public void requireTarget(String partition, long deadlineNanos) {
    PartitionState unused = target(partition, deadlineNanos);
  }

  private PartitionState target(String partition, long deadlineNanos) {
    return perform(
            Operation.ADMIN,
            deadlineNanos,
            now -> Optional.ofNullable(connection.server.existing(partition)))
        .orElseThrow(() -> new QueueRejectedException("there is no partition " + partition, null));
  }

  @Override
  public long purge(long deadlineNanos) {
    return perform(Operation.CHANGE, deadlineNanos, now -> state.deadLetters.clear());
  }

  private <T> T perform(
      Operation operation, long deadlineNanos, Connection.Action<T, RuntimeException> action) {
    return connection.perform(operation, state, deadlineNanos, action);
  }
}
