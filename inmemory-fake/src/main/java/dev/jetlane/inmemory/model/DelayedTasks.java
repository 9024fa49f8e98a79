// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import dev.jetlane.inmemory.time.Timed;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The delayed tasks of one priority, in the order of their due times. Guarded by the lock of the
 * time.
 */
final class DelayedTasks {

  private final Deadlines dueTimes = new Deadlines();
  private final Map<String, StoredTask> byId = new HashMap<>();

  void add(StoredTask task, long dueNanos) {
    task.place = StoredTask.Place.NOT_DUE;
    task.deadlineNanos = dueNanos;
    dueTimes.add(task);
    byId.put(task.id(), task);
  }

  /** Returns the task with this id; null if there is none. */
  @Nullable StoredTask find(String id) {
    return byId.get(id);
  }

  /** Removes and returns the task with this id; null if there is none. */
  @Nullable StoredTask remove(String id) {
    StoredTask task = byId.remove(id);
    if (task != null) {
      dueTimes.remove(task);
    }
    return task;
  }

  StoredTask removeFirst() {
    StoredTask first = dueTimes.removeFirst();
    byId.remove(first.id());
    return first;
  }

  /** {@link Timed#NEVER} if there is none. */
  long firstNanos() {
    return dueTimes.firstNanos();
  }

  void clear() {
    while (size() > 0) {
      removeFirst();
    }
  }

  int size() {
    return dueTimes.size();
  }

  void forEach(Consumer<StoredTask> action) {
    for (int i = 0; i < dueTimes.size(); i++) {
      action.accept(dueTimes.get(i));
    }
  }
}
