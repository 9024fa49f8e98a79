package dev.jetlane.inmemory.model;

import dev.jetlane.QueueFullException;

/**
 * What takes a task out of its place and stores it in another one, in two steps: a dead letter, a
 * redrive, a release of the last attempt. Guarded by the lock of the server's time.
 */
public final class TaskMoves {

  private final PartitionState state;

  TaskMoves(PartitionState state) {
    this.state = state;
  }

  /**
   * Stores a task anew behind those that wait, with all its attempts, and removes this one. It is
   * stored although this one is gone: a late ack may have removed it, and the holder cannot know.
   *
   * @throws QueueFullException if there is no room for it
   */
  public void putBack(StoredTask task, long now) {
    state.pushes.append(task.task, now);
    state.remove(task, "put back", now);
  }

  /**
   * As a client gives back what it did not hand out: that must not make a dead letter, but where
   * there is no room for the task anew.
   */
  public void release(StoredTask task, int maxDeliveries, long now) {
    boolean last = task.deliveries >= maxDeliveries;
    if (!last
        || !PartitionState.isOutstanding(task)
        || !state.pushes.hasRoom(state.level(task).stored())) {
      state.nak(task, now);
    } else {
      try {
        putBack(task, now);
      } catch (QueueFullException refusedByAFault) {
        state.nak(task, now);
      }
    }
  }

  /** The first step of a dead-lettering: stores the letter, once per task. */
  public void storeLetter(StoredTask task, String reason, long now) {
    state.deadLetters.add(task, reason, now);
  }

  /** The second step: removes the task. */
  public void removeDead(StoredTask task, String reason, long now) {
    state.remove(task, "dead: " + reason, now);
  }

  /**
   * The first step of a redrive or a move: stores the task of a dead letter anew, once per letter
   * and target. The second one removes the letter.
   *
   * @param target where to; the state is caught up
   * @return whether there is such a letter
   */
  public boolean storeRedriven(String letterId, PartitionState target, long now) {
    DeadLetterStore.Letter letter = state.deadLetters.find(letterId);
    if (letter == null) {
      return false;
    }
    if (!state.deadLetters.isRedriven(letterId, target.name)) {
      target.pushes.append(letter.stored().task.withoutDeadline(), now);
      state.deadLetters.redriven(letterId, target.name);
    }
    return true;
  }
}
