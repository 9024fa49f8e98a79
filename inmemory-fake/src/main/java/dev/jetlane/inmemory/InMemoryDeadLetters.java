package dev.jetlane.inmemory;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetters;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.inmemory.model.PartitionState;
import java.util.List;

/** A client's view of the dead letters of a {@link PartitionState}. */
final class InMemoryDeadLetters implements DeadLetters {

  private final Connection connection;
  private final PartitionState state;

  InMemoryDeadLetters(Connection connection, PartitionState state) {
    this.connection = connection;
    this.state = state;
  }

  @Override
  public List<DeadLetter> list(int max) {
    Limits.checkPullSize(max);
    return connection.perform(Operation.DEAD_LETTERS, state, now -> state.deadLetters.list(max));
  }

  @Override
  public boolean redrive(String id) {
    if (id == null) {
      throw new InvalidInputException("dead-letter id", null, "must not be null");
    }
    return connection.perform(Operation.DEAD_LETTERS, state, now -> state.redrive(id, now));
  }

  @Override
  public long purge() {
    return connection.perform(Operation.DEAD_LETTERS, state, now -> state.deadLetters.clear());
  }
}
