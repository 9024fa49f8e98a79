// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.NotSupportedException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.driver.Completion;
import dev.jetlane.nats.delay.DelayedTasks;
import dev.jetlane.nats.delay.StoreDelayed;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.AtomicStore;
import dev.jetlane.nats.request.HalfDone;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.KnownId;
import dev.jetlane.nats.request.PushWatch;
import dev.jetlane.nats.request.RequestTable;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoreRequest;
import dev.jetlane.nats.request.TaskPush;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Pushes into one partition, all tasks or none. The server refuses a batch that contains a known
 * id, and does not name it: then this asks for each id, and stores the other tasks without the
 * known ones.
 */
final class AtomicPusher {

  private final RequestTable requests;
  private final JetStreamApi api;
  private final boolean possible;
  private final List<PartitionAddress> addresses;
  private final DelayedTasks delayed;
  private final PushWatch watch;

  /**
   * Sends no request.
   *
   * @param addresses the partition, by priority
   */
  AtomicPusher(
      Session session, List<PartitionAddress> addresses, DelayedTasks delayed, PushWatch watch) {
    requests = session.requests;
    api = session.api;
    possible = session.settings.dialect().subjectList(api, session.monitor) == null;
    this.addresses = addresses;
    this.delayed = delayed;
    this.watch = watch;
  }

  /** See {@link dev.jetlane.driver.PartitionDriver#pushAtomically}. */
  List<PushReceipt> push(List<Task> tasks, long deadlineNanos) {
    requireSupport();
    Map<String, Task> left = new LinkedHashMap<>();
    tasks.forEach(task -> left.putIfAbsent(task.id(), task));
    while (!left.isEmpty() && !store(left.values(), deadlineNanos)) {
      left.keySet().removeAll(HalfDone.rest(() -> known(left.values(), deadlineNanos)));
    }
    // Of several tasks with one id the first one is stored.
    return tasks.stream()
        .map(task -> new PushReceipt(task.id(), left.remove(task.id()) == null))
        .toList();
  }

  private void requireSupport() {
    if (!possible) {
      throw new NotSupportedException(
          "atomic push: the stream of this queue belongs to another program");
    }
    if (!AtomicStore.isPossibleOn(api.serverInfo())) {
      throw new NotSupportedException(
          "nats-server "
              + api.serverInfo().getVersion()
              + " has no atomic batches: they need "
              + AtomicStore.FIRST_VERSION);
    }
  }

  /** Returns false if at least one of the tasks is a duplicate: then none was stored. */
  private boolean store(Collection<Task> tasks, long deadlineNanos) {
    if (!hasRoom(tasks, deadlineNanos)) {
      if (known(tasks, deadlineNanos).isEmpty()) {
        throw new QueueFullException(
            "atomic push: the partition has no room for all tasks (delayed tasks count too)", null);
      }
      return false;
    }
    List<StoreRequest> messages = new ArrayList<>();
    tasks.forEach(task -> messages.add(message(task)));
    acquire(deadlineNanos);
    AtomicStore batch = new AtomicStore(tasks.iterator().next().id(), messages, watch);
    return !requests.call(batch, deadlineNanos).duplicate();
  }

  private StoreRequest message(Task task) {
    return DelayedTasks.isDelayed(task)
        ? new StoreDelayed(addresses.get(0), task, true, watch, Completion.none())
        : new TaskPush(addresses.get(task.priority()), task, watch, Completion.none());
  }

  /** Returns whether the partition has room. The server itself counts the ready tasks. */
  private boolean hasRoom(Collection<Task> tasks, long deadlineNanos) {
    Map<Integer, Long> rooms = new HashMap<>();
    int[] ready = new int[addresses.size()];
    int later = 0;
    for (Task task : tasks) {
      int priority = task.priority();
      if (!DelayedTasks.isDelayed(task)) {
        ready[priority]++;
      } else {
        long room =
            rooms.computeIfAbsent(
                priority, level -> delayed.room(addresses.get(level), deadlineNanos));
        if (room <= ready[priority] + later++) {
          return false;
        }
      }
    }
    return true;
  }

  private void acquire(long deadlineNanos) {
    try {
      if (!watch.acquire(deadlineNanos)) {
        throw new QueueUnavailableException(
            "atomic push: not sent, because too many pushes are unconfirmed (withMaxInFlight)",
            null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OutcomeUnknownException(
          "atomic push: interrupted while it waited for earlier pushes", e);
    }
  }

  /** Returns the ids whose push would be a duplicate. */
  private Set<String> known(Collection<Task> tasks, long deadlineNanos) {
    List<CompletableFuture<PushReceipt>> answers = new ArrayList<>();
    try (RequestTable.Batch batch = requests.batch()) {
      for (Task task : tasks) {
        answers.add(batch.send(question(task), deadlineNanos));
      }
    }
    Set<String> known = new HashSet<>();
    for (CompletableFuture<PushReceipt> answer : answers) {
      PushReceipt receipt = requests.await(answer, deadlineNanos);
      if (receipt.duplicate()) {
        known.add(receipt.taskId());
      }
    }
    return known;
  }

  private KnownId question(Task task) {
    return DelayedTasks.isDelayed(task)
        ? KnownId.delayed(addresses.get(0), task.id())
        : KnownId.ready(addresses.get(0), task.id());
  }
}
