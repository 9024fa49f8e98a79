// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import dev.jetlane.Task;
import dev.jetlane.inmemory.model.Attempt;
import dev.jetlane.inmemory.model.DeadLetterStore;
import dev.jetlane.inmemory.model.EventLog;
import dev.jetlane.inmemory.model.Holder;
import dev.jetlane.inmemory.model.PartitionState;
import dev.jetlane.inmemory.model.ServerState;
import dev.jetlane.inmemory.model.StoredTask;
import dev.jetlane.inmemory.time.Time;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The inspection of a server. Guarded by the lock of the server's time. */
final class Inspection {

  private final Time time;
  private final ServerState server;

  Inspection(Time time, ServerState server) {
    this.time = time;
    this.server = server;
  }

  List<TaskSnapshot> tasks(String partition) {
    PartitionState state = server.find(partition);
    if (state == null) {
      return List.of();
    }
    Map<Long, TaskSnapshot> bySequence = new TreeMap<>();
    state.forEach(task -> bySequence.put(task.sequence(), snapshot(state, task)));
    for (DeadLetterStore.Letter letter : state.deadLetters.all()) {
      bySequence.put(letter.stored().sequence(), snapshot(state, letter));
    }
    return List.copyOf(bySequence.values());
  }

  List<String> leaks() {
    List<String> leaks = new ArrayList<>();
    for (PartitionState state : server.partitions()) {
      List<StoredTask> held = new ArrayList<>();
      state.forEach(
          task -> {
            if (task.isHeld()) {
              held.add(task);
            }
          });
      held.sort(Comparator.comparingLong(StoredTask::sequence));
      held.forEach(task -> leaks.add("unsettled delivery: " + describe(state, task)));
    }
    for (Holder puller : server.holders) {
      leaks.add("unclosed puller: " + puller);
    }
    for (PartitionState state : server.partitions()) {
      if (state.pulls.blocked() > 0) {
        leaks.add("running worker: " + state.pulls.blocked() + " pulls wait in " + state.name);
      }
    }
    return leaks;
  }

  private static String describe(PartitionState state, StoredTask task) {
    return state.name
        + "/"
        + task.id()
        + " (attempt "
        + task.deliveries()
        + "), held by "
        + holder(task)
        + " until +"
        + EventLog.seconds(task.deadlineNanos());
  }

  private static @Nullable String holder(StoredTask task) {
    Attempt latest = task.latest();
    return latest == null ? null : latest.holder;
  }

  private TaskSnapshot snapshot(PartitionState state, StoredTask task) {
    TaskSnapshot.State where =
        switch (task.place()) {
          case LEASED -> TaskSnapshot.State.LEASED;
          case DELAYED, NOT_DUE -> TaskSnapshot.State.DELAYED;
          default -> TaskSnapshot.State.READY;
        };
    boolean leased = where == TaskSnapshot.State.LEASED;
    return new TaskSnapshot(
        state.name,
        task.task,
        where,
        task.deliveries(),
        where == TaskSnapshot.State.READY ? null : time.instant(task.deadlineNanos()),
        leased ? holder(task) : null,
        null,
        attempts(task));
  }

  private TaskSnapshot snapshot(PartitionState state, DeadLetterStore.Letter letter) {
    StoredTask stored = letter.stored();
    Task task = stored.task;
    TaskSnapshot.State dead = TaskSnapshot.State.DEAD;
    return new TaskSnapshot(
        state.name, task, dead, letter.attempts(), null, null, letter.reason(), attempts(stored));
  }

  private List<TaskSnapshot.Attempt> attempts(StoredTask task) {
    Attempt latest = task.latest();
    return latest == null ? List.of() : latest.history().stream().map(this::attempt).toList();
  }

  private TaskSnapshot.Attempt attempt(Attempt attempt) {
    Instant endedAt = attempt.ended() == null ? null : time.instant(attempt.endNanos());
    Instant from = time.instant(attempt.leasedAtNanos);
    return new TaskSnapshot.Attempt(attempt.number, attempt.holder, from, attempt.ended(), endedAt);
  }
}
