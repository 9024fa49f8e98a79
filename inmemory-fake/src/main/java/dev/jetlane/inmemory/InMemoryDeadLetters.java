package dev.jetlane.inmemory;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetters;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import java.util.List;

/** A client's view of a {@link DeadLetterStore}. */
final class InMemoryDeadLetters implements DeadLetters {

  private final InMemoryQueue queue;
  private final PartitionState state;

  InMemoryDeadLetters(InMemoryQueue queue, PartitionState state) {
    this.queue = queue;
    this.state = state;
  }

  @Override
  public List<DeadLetter> list(int max) {
    Limits.checkPullSize(max);
    queue.lock();
    try {
      catchUp();
      return state.deadLetters.list(max);
    } finally {
      queue.unlock();
    }
  }

  @Override
  public boolean redrive(String id) {
    if (id == null) {
      throw new InvalidInputException("dead-letter id", null, "must not be null");
    }
    queue.lock();
    try {
      long now = catchUp();
      DeadLetterStore.Letter letter = state.deadLetters.find(id);
      if (letter == null) {
        return false;
      }
      state.append(letter.stored().task, now);
      state.deadLetters.remove(id);
      return true;
    } finally {
      queue.unlock();
    }
  }

  @Override
  public long purge() {
    queue.lock();
    try {
      catchUp();
      return state.deadLetters.clear();
    } finally {
      queue.unlock();
    }
  }

  private long catchUp() {
    queue.requireConnected();
    return state.catchUp(queue.time);
  }
}
