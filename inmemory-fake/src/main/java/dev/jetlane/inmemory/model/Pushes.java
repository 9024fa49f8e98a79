// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import dev.jetlane.QueueFullException;
import dev.jetlane.Task;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The pushes into a partition: a task is stored, is a duplicate, or is refused because there is no
 * room. Guarded by the lock of the server's time.
 */
public final class Pushes {

  private final PartitionState state;

  public Pushes(PartitionState state) {
    this.state = state;
  }

  /** Stores a task; returns false if it is a duplicate. */
  public boolean push(Task task, long now) {
    if (isDuplicate(task, now)) {
      return false;
    }
    requireRoom(task, 0, 0);
    store(task, now);
    state.dedup.remember(task.id(), now);
    state.pulls.serve(now);
    return true;
  }

  /**
   * Stores the tasks that are not duplicates, all of them or none. Returns their ids.
   *
   * @throws QueueFullException if there is no room for all
   */
  public Set<String> pushAtomically(List<Task> tasks, long now) {
    Map<String, Task> fresh = new LinkedHashMap<>();
    int[] ready = new int[state.levels.count()];
    int delayed = 0;
    for (Task task : tasks) {
      if (fresh.containsKey(task.id()) || isDuplicate(task, now)) {
        continue;
      }
      requireRoom(task, ready[task.priority()], delayed);
      fresh.put(task.id(), task);
      if (isDelayed(task)) {
        delayed++;
      } else {
        ready[task.priority()]++;
      }
    }
    for (Task task : fresh.values()) {
      store(task, now);
      state.dedup.remember(task.id(), now);
    }
    state.pulls.serve(now);
    return fresh.keySet();
  }

  /**
   * Stores a task again regardless of its id and its delay.
   *
   * @param redriven its letter; null if it has none
   */
  void append(Task task, @Nullable String redriven, long now) {
    requireRoom(state.levels.get(task.priority()).stored());
    StoredTask stored = storeReady(task, now);
    stored.storedAgain = true;
    stored.redriven = redriven;
    state.pulls.serve(now);
  }

  boolean hasRoom(int stored) {
    return stored < state.config().maxTasks();
  }

  private boolean isDuplicate(Task task, long now) {
    boolean known = state.dedup.knows(task.id()) || (isDelayed(task) && state.isNotDue(task.id()));
    if (known) {
      state.log.add(now, state.name, "duplicate of " + task.id());
    }
    return known;
  }

  /** Whether a task is due some time after its push. */
  public static boolean isDelayed(Task task) {
    return !task.delay().isZero();
  }

  /**
   * Refuses tasks for which there is no room. Delayed tasks count only against other delayed ones.
   */
  private void requireRoom(Task task, int moreReady, int moreDelayed) {
    int stored = state.levels.get(task.priority()).stored() + moreReady;
    requireRoom(isDelayed(task) ? stored + state.levels.notDue() + moreDelayed : stored);
  }

  private void requireRoom(int stored) {
    if (!hasRoom(stored)) {
      throw new QueueFullException(
          "partition " + state.name + " holds " + state.config().maxTasks() + " tasks", null);
    }
    if (state.mishaps.refusesToStore(state.name)) {
      throw new QueueFullException("fault: partition " + state.name + " is full", null);
    }
  }

  private void store(Task task, long now) {
    if (isDelayed(task)) {
      storeDelayed(task, now);
    } else {
      StoredTask unused = storeReady(task, now);
    }
  }

  private void storeDelayed(Task task, long now) {
    StoredTask stored = new StoredTask(state.nextSequence(), task, now);
    stored.wasDelayed = true;
    state.level(stored).notDue.add(stored, now + task.delay().toNanos());
    state.log.add(now, state.name, stored, "stored for later", null, stored.deadlineNanos);
  }

  private StoredTask storeReady(Task task, long now) {
    StoredTask stored = new StoredTask(state.nextSequence(), task, now);
    state.level(stored).fresh.addLast(stored);
    state.log.add(now, state.name, stored, "stored");
    return stored;
  }
}
