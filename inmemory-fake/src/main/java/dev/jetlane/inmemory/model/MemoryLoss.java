// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Makes a server forget parts of the state of a partition: when it is restarted, when it is killed,
 * and when the consumer is deleted. Guarded by the lock of the server's time.
 */
public final class MemoryLoss {

  /** The effect of a kill on the settlements of the unwritten time. */
  public enum Settled {
    KEPT,
    /** The server believes that these tasks were never delivered. */
    FORGOTTEN,
    /** The storage has these tasks again, but the consumer knows that they are settled. */
    STORED_AGAIN
  }

  private final PartitionState state;

  public MemoryLoss(PartitionState state) {
    this.state = state;
  }

  /**
   * Deletes the consumer. When it is created again, it delivers every stored task as if for the
   * first time.
   */
  public void deleteConsumer(long now) {
    state.catchUp(now);
    state.log.add(now, state.name, "fault: " + PartitionState.CONSUMER_DELETED);
    comeBack(state.levels.takeStoredAgain(), "fault: settled, and delivered again", now);
    forgetDeliveries(task -> true, now);
    state.deleteConsumer();
  }

  /**
   * Restarts the server. Afterwards it knows only the ids of stored tasks. Leases and delays begin
   * at the time that the storage has, without fractions of a second (nats-server 2.9 to 2.15,
   * {@code server/store.go}); the queue of redeliveries is lost, and its tasks wait for the end of
   * their leases, too. Deliveries of the unwritten time are forgotten, and its settlements may be
   * too.
   */
  void restart(long unwrittenNanos, Settled settled, long now) {
    state.catchUp(now);
    long unwrittenSinceNanos = now - unwrittenNanos;
    if (settled == Settled.FORGOTTEN) {
      comeBack(settledSince(unwrittenSinceNanos), "fault: ack forgotten", now);
    } else if (settled == Settled.STORED_AGAIN) {
      settledSince(unwrittenSinceNanos).forEach(task -> state.level(task).storedAgain.add(task));
      state.levels.forEachStoredAgain(
          task -> state.log.add(now, state.name, task, "fault: settled, and stored again"));
    }
    forgetDeliveries(task -> task.leasedAtNanos > unwrittenSinceNanos, now);
    forgetIds();
    readLeases(now);
    state.catchUp(now);
    state.pulls.serve(now);
  }

  private void forgetIds() {
    Set<String> ids = new HashSet<>();
    Set<String> redriven = new HashSet<>();
    Consumer<StoredTask> read =
        task -> {
          if (task.isKnownById()) {
            ids.add(task.id());
          } else if (task.redriven != null) {
            redriven.add(task.redriven);
          }
        };
    state.forEach(read);
    state.levels.forEachStoredAgain(read);
    state.dedup.forgetAllBut(ids);
    state.redriven.forgetAllBut(redriven);
    state.deadLetters.forgetRemoved();
  }

  private void readLeases(long now) {
    List<StoredTask> outstanding = new ArrayList<>();
    state.forEach(
        task -> {
          if (task.place.isOutstanding()) {
            outstanding.add(task);
          }
        });
    for (StoredTask task : outstanding) {
      boolean waits = task.place == StoredTask.Place.REDELIVERY;
      state.detach(task);
      Instant began = state.start.plusNanos(task.writtenStartNanos);
      Duration cutOff = Duration.between(began.truncatedTo(ChronoUnit.SECONDS), began);
      long deadlineNanos = task.writtenStartNanos - cutOff.toNanos() + state.leaseNanos;
      // Leases that ended meanwhile end together, in the order of the pushes.
      state.schedule(
          task, waits ? StoredTask.Place.DELAYED : task.place, Math.max(now, deadlineNanos));
    }
  }

  /** Returns the settled tasks, each once: a task that came back may have several acks. */
  private Set<StoredTask> settledSince(long sinceNanos) {
    Set<StoredTask> settled = new LinkedHashSet<>();
    state.log.forEach(
        event -> {
          StoredTask task = event.task;
          if (task != null
              && state.name.equals(event.partition)
              && event.what.equals(EventLog.ACKED)
              && event.nanos > sinceNanos
              && task.place == StoredTask.Place.GONE) {
            settled.add(task);
          }
        });
    return settled;
  }

  private void comeBack(Collection<StoredTask> settled, String how, long now) {
    for (StoredTask task : settled) {
      state.level(task).storedAgain.remove(task);
      task.place = StoredTask.Place.NEW;
      task.deliveries = 0;
      state.level(task).fresh.add(task);
      state.log.add(now, state.name, task, how);
    }
  }

  private void forgetDeliveries(Predicate<StoredTask> which, long now) {
    List<StoredTask> forgotten = new ArrayList<>();
    state.forEach(
        task -> {
          if (task.place.isOutstanding() && which.test(task)) {
            forgotten.add(task);
          }
        });
    for (StoredTask task : forgotten) {
      state.detach(task);
      state.level(task).outstanding--;
      state.log.ended(now, state.name, task, "fault: delivery forgotten");
      task.place = StoredTask.Place.NEW;
      task.deliveries = 0;
    }
    for (int i = 0; i < state.levels.count(); i++) {
      Level level = state.levels.get(i);
      level.takeAsNew(forgotten.stream().filter(task -> state.level(task) == level).toList());
    }
  }
}
