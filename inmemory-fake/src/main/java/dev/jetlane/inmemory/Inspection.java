package dev.jetlane.inmemory;

import dev.jetlane.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What there is to see on a server. Guarded by the lock of the server's time. */
final class Inspection {

  private final InMemoryServer server;

  Inspection(InMemoryServer server) {
    this.server = server;
  }

  List<TaskSnapshot> tasks(String partition) {
    Map<Long, TaskSnapshot> bySequence = new TreeMap<>();
    for (PartitionState state : server.partitions()) {
      if (state.name.equals(partition)) {
        state.forEach(task -> bySequence.put(task.sequence, snapshot(state, task)));
        for (DeadLetterStore.Letter letter : state.deadLetters.all()) {
          bySequence.put(letter.stored().sequence, snapshot(state, letter));
        }
      }
    }
    return List.copyOf(bySequence.values());
  }

  List<String> leaks() {
    List<String> leaks = new ArrayList<>();
    for (PartitionState state : server.partitions()) {
      inHands(state).stream()
          .sorted(Comparator.comparingLong(task -> task.sequence))
          .forEach(task -> leaks.add("unsettled delivery: " + describe(state, task)));
    }
    for (InMemoryPuller puller : server.pullers) {
      leaks.add("unclosed puller: " + puller);
    }
    for (PartitionState state : server.partitions()) {
      if (state.pulls.blocked() > 0) {
        leaks.add("running worker: " + state.pulls.blocked() + " pulls wait in " + state.name);
      }
    }
    leaks.addAll(server.workers.leaks());
    leaks.addAll(server.faults.pending());
    return leaks;
  }

  boolean anythingInHands() {
    for (PartitionState state : server.partitions()) {
      if (!inHands(state).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private static List<StoredTask> inHands(PartitionState state) {
    List<StoredTask> inHands = new ArrayList<>();
    state.forEach(
        task -> {
          InMemoryDelivery latest = task.latest;
          if (task.place == StoredTask.Place.LEASED && latest != null && latest.isInHands()) {
            inHands.add(task);
          }
        });
    return inHands;
  }

  private static String describe(PartitionState state, StoredTask task) {
    InMemoryDelivery latest = task.latest;
    String holder = latest == null ? "nobody" : latest.holder();
    return state.name
        + "/"
        + task.task.id()
        + " (attempt "
        + task.deliveries
        + "), held by "
        + holder
        + " until +"
        + EventLog.seconds(task.deadlineNanos);
  }

  private TaskSnapshot snapshot(PartitionState state, StoredTask task) {
    InMemoryDelivery latest = task.latest;
    boolean leased = task.place == StoredTask.Place.LEASED;
    boolean delayed = task.place == StoredTask.Place.DELAYED;
    boolean later = task.place == StoredTask.Place.LATER;
    Instant until = leased || delayed || later ? server.time.instant(task.deadlineNanos) : null;
    return snapshot(
        state.name,
        task.task,
        leased
            ? TaskSnapshot.State.LEASED
            : delayed || later ? TaskSnapshot.State.DELAYED : TaskSnapshot.State.READY,
        task.deliveries,
        until,
        leased && latest != null ? latest.holder() : null,
        null,
        latest);
  }

  private TaskSnapshot snapshot(PartitionState state, DeadLetterStore.Letter letter) {
    return snapshot(
        state.name,
        letter.stored().task,
        TaskSnapshot.State.DEAD,
        letter.attempts(),
        null,
        null,
        letter.reason(),
        letter.stored().latest);
  }

  private static TaskSnapshot snapshot(
      String partition,
      Task task,
      TaskSnapshot.State state,
      int deliveries,
      @Nullable Instant until,
      @Nullable String holder,
      @Nullable String reason,
      @Nullable InMemoryDelivery latest) {
    List<TaskSnapshot.Attempt> attempts = latest == null ? List.of() : latest.history();
    return new TaskSnapshot(partition, task, state, deliveries, until, holder, reason, attempts);
  }
}
