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
 * The tasks of one priority in a partition; on a nats-server a subject and a consumer of their own.
 * Those under a lease or a delay are in the {@link Deadlines} of the partition and only counted
 * here. Guarded by the lock of the server's time.
 */
final class Level {

  final ArrayDeque<StoredTask> fresh = new ArrayDeque<>();
  final LinkedHashSet<StoredTask> redeliveries = new LinkedHashSet<>();
  final DelayedTasks notDue = new DelayedTasks();

  /** Settled, and stored again: counted, and not delivered while the consumer exists. */
  final Set<StoredTask> storedAgain = new LinkedHashSet<>();

  /** How many were delivered and neither acked nor dead-lettered. */
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

  /** When the next task is due that there is room for; {@link Timed#NEVER} if none is. */
  long nextDueNanos() {
    return isFull() ? Timed.NEVER : notDue.firstNanos();
  }

  /** Takes these tasks, which are out of order, as never delivered. */
  void takeAsNew(List<StoredTask> tasks) {
    List<StoredTask> inOrder = new ArrayList<>(fresh);
    inOrder.addAll(tasks);
    inOrder.sort(Comparator.comparingLong(task -> task.sequence));
    fresh.clear();
    fresh.addAll(inOrder);
  }

  /** Forgets every task. */
  void clear() {
    fresh.clear();
    redeliveries.clear();
    notDue.clear();
    storedAgain.clear();
    outstanding = 0;
  }

  /** Every task but those under a lease or a delay of a nak. */
  void forEach(Consumer<StoredTask> action) {
    fresh.forEach(action);
    redeliveries.forEach(action);
    notDue.forEach(action);
  }
}
