// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import dev.jetlane.inmemory.time.Timed;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The tasks of one priority in a partition. On a nats-server each priority has its own subject and
 * consumer. Leased tasks and tasks that wait for the delay of a nak are in the {@link Deadlines} of
 * the partition; this class only counts them. Guarded by the lock of the server's time.
 */
final class Level {

  final ArrayDeque<StoredTask> fresh = new ArrayDeque<>();
  final LinkedHashSet<StoredTask> redeliveries = new LinkedHashSet<>();
  final DelayedTasks notDue = new DelayedTasks();

  /**
   * Settled tasks that the storage has again after a crash. They are counted, but not delivered
   * while the consumer exists.
   */
  final Set<StoredTask> storedAgain = new LinkedHashSet<>();

  /** The number of delivered tasks that are neither acked nor dead-lettered. */
  int outstanding;

  private final int maxTasks;

  Level(int maxTasks) {
    this.maxTasks = maxTasks;
  }

  int stored() {
    return fresh.size() + outstanding + storedAgain.size();
  }

  boolean isFull() {
    return stored() >= maxTasks;
  }

  /**
   * Returns the next due time of a delayed task; {@link Timed#NEVER} if there is none, or no room
   * for it.
   */
  long nextDueNanos() {
    // Most partitions have no delayed task, and every call asks this.
    return notDue.size() == 0 || isFull() ? Timed.NEVER : notDue.firstNanos();
  }

  /** Adds these tasks as never delivered ones, each at its place in the order. */
  void takeAsNew(List<StoredTask> tasks) {
    List<StoredTask> inOrder = new ArrayList<>(fresh);
    inOrder.addAll(tasks);
    inOrder.sort(Comparator.comparingLong(task -> task.sequence));
    fresh.clear();
    fresh.addAll(inOrder);
  }

  /** Forgets every task. No task is queued for redelivery, and none is stored again. */
  void clear() {
    fresh.clear();
    notDue.clear();
    outstanding = 0;
  }

  /** Visits every task except leased ones and those with the delay of a nak. */
  void forEach(Consumer<StoredTask> action) {
    fresh.forEach(action);
    redeliveries.forEach(action);
    notDue.forEach(action);
  }
}
