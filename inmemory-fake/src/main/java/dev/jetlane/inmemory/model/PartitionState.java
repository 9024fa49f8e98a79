// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import dev.jetlane.DeadLetter;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueConfig;
import dev.jetlane.Stats;
import dev.jetlane.inmemory.time.Timed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A partition as the server sees it: a model of a nats-server's stream with WorkQueue retention and
 * one durable pull consumer (nats-server 2.9 to 2.15, {@code server/consumer.go}).
 *
 * <p>Three rules explain most of it. First, a task is outstanding from its first delivery until it
 * is removed; during that time it has a lease, a delay, or a place in the queue of redeliveries.
 * Second, a settlement names a task and no delivery of it; the client decides which delivery may
 * settle. Third, time is a parameter; this class reads no clock.
 *
 * <p>Guarded by the lock of the server's time. Every call must be preceded by {@link #catchUp} with
 * the same {@code now}. After every call, no request waits while a task can be handed out.
 */
public final class PartitionState implements Timed, WaitingPulls.Source {

  static final String CONSUMER_DELETED = "consumer deleted";

  public final String name;
  public final DeadLetterStore deadLetters;
  public final WaitingPulls pulls = new WaitingPulls(this);

  /**
   * The clients' lease keepers. Their extensions precede the ends of leases at the same instant.
   */
  public final List<Timed> keepers = new ArrayList<>(1);

  /** The pullers with prefetch, which give back the tasks leased ahead when they become idle. */
  public final List<Timed> buffers = new ArrayList<>(1);

  final EventLog log;
  final Mishaps mishaps;
  final Instant start;
  final DedupWindow dedup;

  /**
   * The letters of which redrives and moves have stored the task here, which is the first of their
   * two steps. A server knows them by their message ids.
   */
  final DedupWindow redriven;

  final Levels levels;
  final Deadlines deadlines = new Deadlines();
  boolean consumerDeleted;
  long leaseNanos;
  private QueueConfig config;

  /** The end of a pause; {@link Timed#NEVER} if the partition is not paused. */
  private long pausedUntilNanos = NEVER;

  private long lastSequence;
  private boolean catchingUp;

  PartitionState(String name, QueueConfig config, EventLog log, Mishaps mishaps, Instant start) {
    this.name = name;
    this.config = config;
    this.log = log;
    this.mishaps = mishaps;
    this.start = start;
    deadLetters = new DeadLetterStore(start, config.dedupWindow().toNanos());
    leaseNanos = config.lease().toNanos();
    dedup = new DedupWindow(config.dedupWindow().toNanos());
    redriven = new DedupWindow(config.dedupWindow().toNanos());
    levels = new Levels(config);
  }

  /** Does nothing during another call of this method, because due events may make calls. */
  @Override
  public void catchUp(long now) {
    if (catchingUp) {
      return;
    }
    catchingUp = true;
    try {
      for (long instant = nextEventNanos(); instant <= now; instant = nextEventNanos()) {
        bringAbout(keepers, instant);
        endLeasesAndDelays(instant);
        bringAbout(buffers, instant);
        admitDue(instant);
        endPause(instant);
        pulls.serve(instant);
        pulls.endThoseDue(instant);
      }
      dedup.catchUp(now);
    } finally {
      catchingUp = false;
    }
  }

  /** Whether due events are being processed, during which no fault may happen. */
  public boolean isCatchingUp() {
    return catchingUp;
  }

  private static void bringAbout(List<Timed> all, long instant) {
    for (Timed timed : all) {
      if (timed.nextEventNanos() <= instant) {
        timed.catchUp(instant);
      }
    }
  }

  private void endLeasesAndDelays(long instant) {
    while (deadlines.firstNanos() <= instant) {
      StoredTask task = deadlines.removeFirst();
      if (task.place == StoredTask.Place.LEASED) {
        log.ended(instant, name, task, "lease ended");
      } else {
        log.add(instant, name, task, "delay ended");
      }
      redeliver(task);
    }
  }

  @Override
  public long nextEventNanos() {
    long next = Math.min(deadlines.firstNanos(), pulls.firstNanos());
    next = Math.min(next, levels.nextDueNanos());
    next = Math.min(next, pausedUntilNanos);
    for (int i = 0; i < keepers.size(); i++) {
      next = Math.min(next, keepers.get(i).nextEventNanos());
    }
    for (int i = 0; i < buffers.size(); i++) {
      next = Math.min(next, buffers.get(i).nextEventNanos());
    }
    return next;
  }

  /** Returns when the next id is forgotten; {@link Timed#NEVER} if none is known. */
  public long nextForgottenNanos() {
    return dedup.nextForgottenNanos();
  }

  /** Whether there is a delayed task with this id. */
  public boolean isNotDue(String taskId) {
    return levels.isNotDue(taskId);
  }

  /**
   * Does the first step of a cancellation: the task is not handed out if it becomes due within the
   * dedup window. It counts as delayed until the second step, {@link #cancel}, or until it is due.
   *
   * @return whether there is such a task that is not cancelled
   */
  public boolean noteCancelled(String taskId, long now) {
    StoredTask task = levels.findNotDue(taskId);
    if (task == null || task.isCancelled(now)) {
      return false;
    }
    task.cancelledUntilNanos = now + config.dedupWindow().toNanos();
    log.add(now, name, task, "cancelled");
    return true;
  }

  /** Removes a delayed task; returns whether there was one with this id. */
  public boolean cancel(String taskId, long now) {
    StoredTask task = levels.removeNotDue(taskId);
    if (task == null) {
      return false;
    }
    task.place = StoredTask.Place.GONE;
    if (!task.isCancelled(now)) {
      log.add(now, name, task, "cancelled");
    }
    return true;
  }

  /** Pauses the partition until a time. */
  public void pause(long untilNanos, long now) {
    pausedUntilNanos = untilNanos;
    log.add(now, name, null, "paused", null, untilNanos);
  }

  /** Hands out tasks again. */
  public void resume(long now) {
    if (isPaused()) {
      endPause(pausedUntilNanos);
      log.add(now, name, "resumed");
      pulls.serve(now);
    }
  }

  private void endPause(long instant) {
    if (pausedUntilNanos <= instant) {
      pausedUntilNanos = NEVER;
    }
  }

  public boolean isPaused() {
    return pausedUntilNanos != NEVER;
  }

  /** The end of the pause; meaningless unless the partition is paused. */
  public long pausedUntilNanos() {
    return pausedUntilNanos;
  }

  /** Removes a task that was never delivered. */
  void removeReady(StoredTask task, long now) {
    level(task).fresh.remove(task);
    task.place = StoredTask.Place.GONE;
    log.add(now, name, task, "removed");
    admitDue(now);
  }

  /** Removes all tasks in any state; returns their number. */
  public long purge(long now) {
    List<StoredTask> all = new ArrayList<>(levels.takeStoredAgain());
    forEach(all::add);
    for (StoredTask task : all) {
      if (task.place.isOutstanding()) {
        detach(task);
        log.ended(now, name, task, "purged");
      } else {
        log.add(now, name, task, "purged");
      }
      task.place = StoredTask.Place.GONE;
    }
    levels.clear();
    return all.size();
  }

  /** Deletes the stored tasks and the consumer. */
  public void delete(long now) {
    purge(now);
    deadLetters.clear();
    log.add(now, name, "deleted");
    deleteConsumer();
  }

  /** Deletes the consumer. */
  void deleteConsumer() {
    consumerDeleted = true;
    pausedUntilNanos = NEVER;
    pulls.fail(gone());
  }

  /** Returns why the partition hands out no new task although it works; null if it does. */
  public @Nullable String warning() {
    if (isPaused()) {
      return "partition "
          + name
          + " is paused (PartitionAdmin.pause): no task is handed out until it is resumed";
    }
    int limit = config.maxOutstanding();
    return levels.mostOutstanding() < limit
        ? null
        : "partition "
            + name
            + " has "
            + limit
            + " outstanding tasks, its maximum: no new task is handed out until some are settled"
            + " (QueueConfig.maxOutstanding)";
  }

  /** Whether the partition exists: it holds tasks or dead letters, or has a consumer. */
  public boolean exists() {
    Stats stats = stats();
    return !consumerDeleted || stats.backlog() + stats.delayed() + stats.dead() > 0;
  }

  long nextSequence() {
    return ++lastSequence;
  }

  @Override
  public @Nullable StoredTask next(long now, Holder holder) {
    if (isPaused()) {
      return null;
    }
    int turn = levels.count() == 1 ? PriorityTurns.HIGHEST : holder.turns().next();
    StoredTask next = turn == PriorityTurns.HIGHEST ? null : next(levels.get(turn), now, holder);
    for (int i = levels.count() - 1; next == null && i >= 0; i--) {
      next = next(levels.get(i), now, holder);
    }
    return next;
  }

  /**
   * Redeliveries come first. The limit on outstanding tasks does not hold them back, because they
   * are already counted.
   */
  private @Nullable StoredTask next(Level level, long now, Holder holder) {
    while (!level.redeliveries.isEmpty()) {
      StoredTask task = level.redeliveries.iterator().next();
      if (task.deliveries < holder.maxDeliveries()) {
        return task;
      }
      detach(task);
      level.outstanding--;
      task.place = StoredTask.Place.GONE;
      deadLetters.add(task, DeadLetter.MAX_DELIVERIES, now);
      log.add(now, name, task, "dead: " + DeadLetter.MAX_DELIVERIES);
      holder.exhausted(task);
      admitDue(now);
    }
    return level.outstanding < config.maxOutstanding() ? level.fresh.peekFirst() : null;
  }

  @Override
  public Attempt take(StoredTask task, long now, Holder holder) {
    if (task.place == StoredTask.Place.REDELIVERY) {
      detach(task);
    } else {
      level(task).fresh.removeFirst();
      level(task).outstanding++;
    }
    holder.turns().took();
    task.deliveries++;
    task.leasedAtNanos = now;
    task.writtenStartNanos = task.storedAtNanos;
    long onTheWayNanos = mishaps.nanosOnTheWay(leaseNanos);
    schedule(task, StoredTask.Place.LEASED, now + leaseNanos - onTheWayNanos);
    Attempt attempt = new Attempt(task, holder.name());
    task.latest = attempt;
    log.add(now, name, task, "leased to", attempt.holder, task.deadlineNanos);
    if (mishaps.deliversTwice()) {
      detach(task);
      redeliver(task);
      log.add(now, name, task, "fault: delivery duplicated");
    }
    return attempt;
  }

  /** Removes a task, whichever client holds it. */
  public void ack(StoredTask task, long now) {
    remove(task, EventLog.ACKED, now);
  }

  /**
   * Queues a task for redelivery, unless it is queued already. Like the other nak and {@link
   * #extend}, it has no effect on a task whose delivery the server has forgotten: the server
   * confirms it anyway ({@code server/consumer.go}, processNak and progressUpdate, 2.9 to 2.15).
   */
  public void nak(StoredTask task, long now) {
    if (task.place.isOutstanding() && task.place != StoredTask.Place.REDELIVERY) {
      detach(task);
      redeliver(task);
      log.ended(now, name, task, "given back");
      pulls.serve(now);
    }
  }

  /** Queues a task for a later redelivery, even if it is already queued for an immediate one. */
  public void nak(StoredTask task, long delayNanos, long now) {
    if (task.place.isOutstanding()) {
      detach(task);
      schedule(task, StoredTask.Place.DELAYED, now + delayNanos);
      task.writtenStartNanos = task.deadlineNanos - leaseNanos;
      log.ended(now, name, task, "given back for later");
    }
  }

  /**
   * Restarts the lease, or ends a delay and starts a lease. Has no effect on a task that is queued
   * for redelivery.
   */
  public void extend(StoredTask task, long now) {
    if (task.place.isOutstanding() && task.place != StoredTask.Place.REDELIVERY) {
      detach(task);
      task.writtenStartNanos = now;
      schedule(task, StoredTask.Place.LEASED, now + leaseNanos);
      log.extended(now, name, task);
    }
  }

  /** Whether the next pull or settlement fails. */
  public boolean isConsumerDeleted() {
    return consumerDeleted;
  }

  /** Returns the message of the error while {@link #isConsumerDeleted}. */
  public String gone() {
    return "partition " + name + " is gone: " + CONSUMER_DELETED;
  }

  /** Creates the consumer again, with its old settings. */
  public void createConsumer() {
    consumerDeleted = false;
  }

  /**
   * Creates the consumer again if it was deleted, with other settings: the lease, the limit on
   * outstanding tasks and the priorities belong to the consumer.
   */
  void createConsumer(QueueConfig wanted) {
    if (consumerDeleted) {
      config = wanted;
      leaseNanos = wanted.lease().toNanos();
      levels.provide(wanted);
      createConsumer();
    }
  }

  /** Returns the settings of the client that created the partition or its latest consumer. */
  public QueueConfig config() {
    return config;
  }

  /** Visits every stored task except dead letters, in no particular order. */
  public void forEach(Consumer<StoredTask> action) {
    levels.forEach(action);
    for (int i = 0; i < deadlines.size(); i++) {
      action.accept(deadlines.get(i));
    }
  }

  public Stats stats() {
    long[] redelivered = {0};
    forEach(task -> redelivered[0] += task.deliveries > 1 ? 1 : 0);
    return levels.stats(redelivered[0], deadLetters.size());
  }

  /** Returns the age of the oldest ready or outstanding task; null if there is none. */
  public @Nullable Duration oldestAge(long now) {
    long[] oldest = {Timed.NEVER};
    forEach(
        task -> {
          if (task.place != StoredTask.Place.NOT_DUE) {
            oldest[0] = Math.min(oldest[0], task.storedAtNanos);
          }
        });
    levels.forEachStoredAgain(task -> oldest[0] = Math.min(oldest[0], task.storedAtNanos));
    return oldest[0] == Timed.NEVER ? null : Duration.ofNanos(now - oldest[0]);
  }

  /** Makes due tasks ready while there is room for them. */
  private void admitDue(long now) {
    for (int i = 0; i < levels.count(); i++) {
      Level level = levels.get(i);
      while (level.nextDueNanos() <= now) {
        StoredTask task = level.notDue.removeFirst();
        if (task.isCancelled(now)) {
          task.place = StoredTask.Place.GONE;
          continue;
        }
        task.place = StoredTask.Place.NEW;
        task.sequence = ++lastSequence;
        task.storedAtNanos = now;
        level.fresh.addLast(task);
        log.add(now, name, task, "due");
      }
    }
  }

  Level level(StoredTask task) {
    return levels.get(task.task.priority());
  }

  /**
   * Removes a task that has been delivered. Throws if the server has forgotten its delivery: it
   * does not answer an ack then (2.10.26 and later; older ones remove the task).
   */
  void remove(StoredTask task, String how, long now) {
    if (task.place == StoredTask.Place.NEW) {
      throw new OutcomeUnknownException("the server has forgotten this delivery", null);
    }
    if (task.place.isOutstanding()) {
      detach(task);
      level(task).outstanding--;
      task.place = StoredTask.Place.GONE;
      log.ended(now, name, task, how);
      admitDue(now);
      pulls.serve(now);
    }
  }

  private void redeliver(StoredTask task) {
    task.place = StoredTask.Place.REDELIVERY;
    level(task).redeliveries.add(task);
  }

  void schedule(StoredTask task, StoredTask.Place place, long deadlineNanos) {
    task.place = place;
    task.deadlineNanos = deadlineNanos;
    deadlines.add(task);
  }

  void detach(StoredTask task) {
    if (task.place == StoredTask.Place.REDELIVERY) {
      level(task).redeliveries.remove(task);
    } else {
      deadlines.remove(task);
    }
  }
}
