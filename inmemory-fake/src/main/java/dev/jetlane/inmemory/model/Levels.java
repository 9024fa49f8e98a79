// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import dev.jetlane.QueueConfig;
import dev.jetlane.Stats;
import dev.jetlane.inmemory.time.Timed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The priorities of a partition. Guarded by the lock of the server's time. */
final class Levels {

  private Level[] byPriority = new Level[0];

  Levels(QueueConfig config) {
    provide(config);
  }

  /** Adds the missing priorities. The number never falls, because their tasks stay. */
  void provide(QueueConfig config) {
    int before = byPriority.length;
    byPriority = Arrays.copyOf(byPriority, Math.max(before, config.priorities()));
    for (int i = before; i < byPriority.length; i++) {
      byPriority[i] = new Level(config.maxTasks());
    }
  }

  int count() {
    return byPriority.length;
  }

  Level get(int priority) {
    return byPriority[priority];
  }

  /**
   * Returns the next due time of a delayed task; {@link Timed#NEVER} if there is none, or no room
   * for it.
   */
  long nextDueNanos() {
    long next = Timed.NEVER;
    for (Level level : byPriority) {
      next = Math.min(next, level.nextDueNanos());
    }
    return next;
  }

  boolean isNotDue(String id) {
    return findNotDue(id) != null;
  }

  /** Returns the delayed task with this id; null if there is none. */
  @Nullable StoredTask findNotDue(String id) {
    StoredTask found = null;
    for (int i = 0; found == null && i < byPriority.length; i++) {
      found = byPriority[i].notDue.find(id);
    }
    return found;
  }

  /** Returns the number of delayed tasks, including due ones for which there is no room. */
  int notDue() {
    int count = 0;
    for (Level level : byPriority) {
      count += level.notDue.size();
    }
    return count;
  }

  /** Removes and returns the delayed task with this id; null if there is none. */
  @Nullable StoredTask removeNotDue(String id) {
    StoredTask removed = null;
    for (int i = 0; removed == null && i < byPriority.length; i++) {
      removed = byPriority[i].notDue.remove(id);
    }
    return removed;
  }

  /** Returns the number of outstanding tasks of the priority that has most. */
  int mostOutstanding() {
    int most = 0;
    for (Level level : byPriority) {
      most = Math.max(most, level.outstanding);
    }
    return most;
  }

  void forEachStoredAgain(Consumer<StoredTask> action) {
    for (Level level : byPriority) {
      level.storedAgain.forEach(action);
    }
  }

  /** Removes and returns the tasks that were settled and stored again. */
  List<StoredTask> takeStoredAgain() {
    List<StoredTask> all = new ArrayList<>();
    forEachStoredAgain(all::add);
    for (Level level : byPriority) {
      level.storedAgain.clear();
    }
    return all;
  }

  /** Forgets every task. No task is queued for redelivery, and none is stored again. */
  void clear() {
    for (Level level : byPriority) {
      level.clear();
    }
  }

  Stats stats(long redelivered, long dead) {
    long ready = 0;
    long outstanding = 0;
    for (Level level : byPriority) {
      ready += level.fresh.size() + level.storedAgain.size();
      outstanding += level.outstanding;
    }
    return new Stats(ready, outstanding, redelivered, notDue(), dead);
  }

  /** Visits every task except leased ones and those with the delay of a nak. */
  void forEach(Consumer<StoredTask> action) {
    for (Level level : byPriority) {
      level.forEach(action);
    }
  }
}
