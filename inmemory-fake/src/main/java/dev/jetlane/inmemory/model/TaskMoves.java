// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import dev.jetlane.QueueFullException;
import dev.jetlane.Task;

/**
 * The operations that store a task in another place and remove it from the old one, in two steps:
 * dead-lettering, redriving, and releasing the last attempt. Guarded by the lock of the server's
 * time.
 */
public final class TaskMoves {

  private final PartitionState state;
  private final Pushes pushes;

  public TaskMoves(PartitionState state) {
    this.state = state;
    pushes = new Pushes(state);
  }

  /**
   * Stores a task again behind the waiting tasks, with attempts from 1, and removes the old one.
   * Stores it even if the old one no longer exists: a late ack may have removed it, which the
   * holder cannot know.
   *
   * @throws QueueFullException if there is no room for it
   */
  public void putBack(StoredTask task, long now) {
    pushes.append(task.task, null, now);
    state.remove(task, "put back", now);
  }

  /**
   * Gives back a task that a client did not hand out. On the last attempt it is put back, because a
   * nak would make a dead letter. If there is no room to put it back, a nak is used anyway.
   */
  public void release(StoredTask task, int maxDeliveries, long now) {
    boolean last = task.deliveries >= maxDeliveries;
    if (!last || !task.place.isOutstanding() || !pushes.hasRoom(state.level(task).stored())) {
      state.nak(task, now);
    } else {
      try {
        putBack(task, now);
      } catch (QueueFullException refusedByAFault) {
        state.nak(task, now);
      }
    }
  }

  /** Does the first step of a dead-lettering: stores the letter, once per task. */
  public void storeLetter(StoredTask task, String reason, long now) {
    state.deadLetters.add(task, reason, now);
  }

  /** Does the second step of a dead-lettering: removes the task. */
  public void removeDead(StoredTask task, String reason, long now) {
    state.remove(task, "dead: " + reason, now);
  }

  /**
   * Does the first step of a redrive or a move: stores the task of a dead letter again, once per
   * letter and target within the dedup window. If the target has fewer priorities, the task gets
   * its highest one. The second step removes the letter.
   *
   * @param target the target partition, on which {@link PartitionState#catchUp} was called
   * @param byOperator whether only the consumer of the target has the number of its priorities
   * @return whether there is such a letter
   */
  public boolean storeRedriven(
      String letterId, PartitionState target, boolean byOperator, long now) {
    DeadLetterStore.Letter letter = state.deadLetters.find(letterId);
    if (letter == null) {
      return false;
    }
    String id = state.name + "/" + letterId;
    target.redriven.catchUp(now);
    if (!target.redriven.knows(id)) {
      Task task = letter.stored().task.withoutDeadline();
      boolean unknown = byOperator && target.isConsumerDeleted();
      int highest = unknown ? 0 : target.config().priorities() - 1;
      int priority = Math.min(task.priority(), highest);
      new Pushes(target).append(task.withPriority(priority), id, now);
      target.redriven.remember(id, now);
    }
    return true;
  }
}
