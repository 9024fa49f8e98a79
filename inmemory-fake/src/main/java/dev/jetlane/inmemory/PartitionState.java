package dev.jetlane.inmemory;

import dev.jetlane.DeadLetter;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.spi.LeaseKeeper;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A partition as the server sees it: a model of a nats-server's stream with WorkQueue retention and
 * one durable pull consumer (nats-server 2.9 to 2.15, {@code server/consumer.go}).
 *
 * <p>Three rules explain most of it. A task is outstanding from its first delivery until it is
 * settled for good, and meanwhile it has a lease, a delay, or a place in the one queue of
 * redeliveries. Settlements name a task and not a delivery of it: who asks is the client's
 * business. And time is an argument: nothing in here reads a clock.
 *
 * <p>Guarded by the lock of the server's time. Every call must be preceded by {@link #catchUp} to
 * the same {@code now}, and leaves either no task to hand out or nobody who waits for one.
 */
final class PartitionState {

  /** What becomes of the settlements of the unwritten time when a server is killed. */
  enum Settled {
    KEPT,
    /** These tasks are as if never delivered. */
    FORGOTTEN,
    /** The storage has these tasks again, and the consumer knows them as settled. */
    STORED_AGAIN
  }

  final String name;
  final QueueConfig config;
  final DeadLetterStore deadLetters;
  final WaitingPulls pulls = new WaitingPulls(this);

  /** The clients' lease keepers. What they do is due here, in order with everything else. */
  final List<LeaseKeeper> keepers = new ArrayList<>(1);

  /** The pullers with prefetch. */
  final List<InMemoryPuller> leasingAhead = new ArrayList<>(1);

  private final InMemoryServer server;
  private final EventLog log;
  private final long leaseNanos;
  private final DedupWindow dedup;

  private final Levels levels;
  private final Deadlines deadlines = new Deadlines();
  private long lastSequence;
  private boolean consumerDeleted;

  PartitionState(String name, QueueConfig config, InMemoryServer server) {
    this.name = name;
    this.config = config;
    this.server = server;
    log = server.log;
    deadLetters = new DeadLetterStore(server.time);
    leaseNanos = config.lease().toNanos();
    dedup = new DedupWindow(config.dedupWindow().toNanos());
    levels = new Levels(config);
  }

  /** Brings about everything that is due up to now, in order, each event at its own instant. */
  void catchUp(long now) {
    for (long instant = nextEventNanos(); instant <= now; instant = nextEventNanos()) {
      for (LeaseKeeper keeper : keepers) {
        if (keeper.nextNanos() <= instant) {
          keeper.tick(instant);
        }
      }
      while (deadlines.firstNanos() <= instant) {
        StoredTask task = deadlines.removeFirst();
        if (task.place == StoredTask.Place.LEASED) {
          log.ended(instant, name, task, "lease ended");
        } else {
          log.add(instant, name, task, "delay ended");
        }
        redeliver(task);
      }
      for (InMemoryPuller puller : leasingAhead) {
        puller.idleAt(instant);
      }
      admitDue(instant);
      pulls.serve(instant);
      pulls.endThoseDue(instant);
    }
    dedup.catchUp(now);
  }

  /**
   * Brings about what is due by now, and returns that moment: the {@code now} of the call that
   * follows.
   */
  long catchUp(Time time) {
    time.calls++;
    long now = time.nanos();
    catchUp(now);
    return now;
  }

  /**
   * When the next lease, delay or wait ends or a lease is extended; {@link Time#NEVER} if nothing
   * is under way.
   */
  long nextEventNanos() {
    long next = Math.min(deadlines.firstNanos(), pulls.firstNanos());
    next = Math.min(next, levels.nextDueNanos());
    for (int i = 0; i < keepers.size(); i++) {
      next = Math.min(next, keepers.get(i).nextNanos());
    }
    for (int i = 0; i < leasingAhead.size(); i++) {
      next = Math.min(next, leasingAhead.get(i).idleNanos());
    }
    return next;
  }

  /** When the next id is forgotten; {@link Time#NEVER} if none is known. */
  long nextForgottenNanos() {
    return dedup.nextForgottenNanos();
  }

  /** Returns whether the task was stored, and not a duplicate. */
  boolean push(Task task, long now) {
    boolean delayed = !task.delay().isZero();
    if (dedup.knows(task.id()) || (delayed && levels.isLater(task.id()))) {
      log.add(now, name, "duplicate of " + task.id());
      return false;
    }
    if (delayed) {
      keepForLater(task, now);
    } else {
      append(task, now);
    }
    dedup.remember(task.id(), now);
    return true;
  }

  private void keepForLater(Task task, long now) {
    Level level = levels.get(task.priority());
    if (level.stored() + levels.later() >= config.maxTasks()) {
      throw full();
    }
    server.faults.store(name);
    StoredTask stored = new StoredTask(++lastSequence, task, now);
    stored.wasLater = true;
    level.later.add(stored, now + task.delay().toNanos());
    log.add(now, name, stored, "stored for later", null, stored.deadlineNanos);
  }

  /** Removes a task that is not due; whether there was one with this id. */
  boolean cancel(String taskId, long now) {
    StoredTask task = levels.removeLater(taskId);
    if (task == null) {
      return false;
    }
    task.place = StoredTask.Place.GONE;
    log.add(now, name, task, "cancelled");
    return true;
  }

  /** Stores a task without looking at its id. */
  void append(Task task, long now) {
    Level level = levels.get(task.priority());
    if (level.isFull()) {
      throw full();
    }
    server.faults.store(name);
    StoredTask stored = new StoredTask(++lastSequence, task, now);
    level.fresh.addLast(stored);
    log.add(now, name, stored, "stored");
    pulls.serve(now);
  }

  /** Takes the next task for a puller under a lease, or null if there is none to hand out. */
  @Nullable StoredTask take(long now, InMemoryPuller puller) {
    StoredTask task = next(now, puller);
    if (task != null) {
      puller.turns.took();
      task.deliveries++;
      task.leasedAtNanos = now;
      schedule(task, StoredTask.Place.LEASED, now + leaseNanos);
    }
    return task;
  }

  /** Removes a task, whoever holds it. */
  void ack(StoredTask task, long now) {
    remove(task, EventLog.ACKED, now);
  }

  /** Queues a task for redelivery, unless it is queued already. */
  void nak(StoredTask task, long now) {
    if (isOutstanding(task) && task.place != StoredTask.Place.REDELIVERY) {
      detach(task);
      redeliver(task);
      log.ended(now, name, task, "given back");
      pulls.serve(now);
    }
  }

  /** Queues a task for redelivery later, also if it is queued already. */
  void nak(StoredTask task, long delayNanos, long now) {
    if (isOutstanding(task)) {
      detach(task);
      schedule(task, StoredTask.Place.DELAYED, now + delayNanos);
      log.ended(now, name, task, "given back for later");
    }
  }

  /** Restarts the lease; ends a delay; does not take back a task that is queued for redelivery. */
  void extend(StoredTask task, long now) {
    if (isOutstanding(task) && task.place != StoredTask.Place.REDELIVERY) {
      detach(task);
      schedule(task, StoredTask.Place.LEASED, now + leaseNanos);
      log.add(now, name, task, "lease extended", null, task.deadlineNanos);
    }
  }

  /** Stores a dead letter, once per task, then removes the task. */
  void deadLetter(StoredTask task, String reason, long now) {
    deadLetters.add(task, reason, now);
    remove(task, "dead: " + reason, now);
  }

  /** Queues a task for redelivery although its lease runs. */
  void duplicate(StoredTask task, long now) {
    detach(task);
    redeliver(task);
    log.add(now, name, task, "fault: delivery duplicated");
  }

  /** A delivery is late: that much of its lease is gone. */
  void delayOnTheWay(StoredTask task, long nanos) {
    detach(task);
    schedule(task, StoredTask.Place.LEASED, task.deadlineNanos - nanos);
  }

  boolean isConsumerDeleted() {
    return consumerDeleted;
  }

  void createConsumer() {
    consumerDeleted = false;
  }

  /**
   * A consumer that is created again delivers everything that is stored, as if for the first time.
   */
  void deleteConsumer(long now) {
    catchUp(now);
    consumerDeleted = true;
    log.add(now, name, "fault: " + Faults.GONE);
    comeBack(levels.takeStoredAgain(), "fault: settled, and delivered again", now);
    forgetDeliveries(task -> true, now);
    pulls.fail(Faults.gone(name));
  }

  /**
   * What a server is like after a restart: it knows the ids of stored tasks only; it has cut off
   * the fractions of the seconds in which leases and delays began (nats-server 2.9 to 2.15, {@code
   * server/store.go}); and what happened in the unwritten time may be lost.
   */
  void restart(long unwrittenNanos, Settled settled, long now) {
    catchUp(now);
    if (settled == Settled.FORGOTTEN) {
      comeBack(settledSince(now - unwrittenNanos), "fault: ack forgotten", now);
    } else if (settled == Settled.STORED_AGAIN) {
      settledSince(now - unwrittenNanos).forEach(task -> level(task).storedAgain.add(task));
      levels.forEachStoredAgain(
          task -> log.add(now, name, task, "fault: settled, and stored again"));
    }
    forgetDeliveries(task -> task.leasedAtNanos > now - unwrittenNanos, now);
    Set<String> stored = new HashSet<>();
    forEach(
        task -> {
          if (!task.wasLater || task.place == StoredTask.Place.LATER) {
            stored.add(task.task.id());
          }
        });
    levels.forEachStoredAgain(task -> stored.add(task.task.id()));
    dedup.forgetAllBut(stored);
    List<StoredTask> scheduled = new ArrayList<>();
    while (deadlines.size() > 0) {
      scheduled.add(deadlines.removeFirst());
    }
    for (StoredTask task : scheduled) {
      Instant began = server.time.instant(task.deadlineNanos - leaseNanos);
      Duration cutOff = Duration.between(began.truncatedTo(ChronoUnit.SECONDS), began);
      schedule(task, task.place, task.deadlineNanos - cutOff.toNanos());
    }
    catchUp(now);
    pulls.serve(now);
  }

  /** Every task that is stored, in no particular order; not the dead letters. */
  void forEach(Consumer<StoredTask> action) {
    levels.forEach(action);
    for (int i = 0; i < deadlines.size(); i++) {
      action.accept(deadlines.get(i));
    }
  }

  Stats stats() {
    long[] redelivered = {0};
    forEach(task -> redelivered[0] += task.deliveries > 1 ? 1 : 0);
    return levels.stats(redelivered[0], deadLetters.size());
  }

  /** How old the oldest task is that is ready or outstanding; null if there is none. */
  @Nullable Duration oldestAge(long now) {
    long[] oldest = {Time.NEVER};
    forEach(
        task -> {
          if (task.place != StoredTask.Place.LATER) {
            oldest[0] = Math.min(oldest[0], task.storedAtNanos);
          }
        });
    levels.forEachStoredAgain(task -> oldest[0] = Math.min(oldest[0], task.storedAtNanos));
    return oldest[0] == Time.NEVER ? null : Duration.ofNanos(now - oldest[0]);
  }

  /** What is due becomes ready, as far as there is room. */
  private void admitDue(long now) {
    for (int i = 0; i < levels.count(); i++) {
      Level level = levels.get(i);
      while (level.nextDueNanos() <= now) {
        StoredTask task = level.later.removeFirst();
        task.place = StoredTask.Place.NEW;
        task.sequence = ++lastSequence;
        task.storedAtNanos = now;
        level.fresh.addLast(task);
        log.add(now, name, task, "due");
      }
    }
  }

  private Level level(StoredTask task) {
    return levels.get(task.task.priority());
  }

  private QueueFullException full() {
    return new QueueFullException(
        "partition " + name + " holds " + config.maxTasks() + " tasks", null);
  }

  /**
   * Whether a settlement of the task means anything. One of a task that the server believes it has
   * never delivered, it leaves without an answer (2.10 and later; 2.9 removes the task).
   */
  private static boolean isOutstanding(StoredTask task) {
    if (task.place == StoredTask.Place.NEW) {
      throw new OutcomeUnknownException("the server has forgotten this delivery", null);
    }
    return task.place != StoredTask.Place.GONE;
  }

  private void remove(StoredTask task, String how, long now) {
    if (isOutstanding(task)) {
      detach(task);
      level(task).outstanding--;
      task.place = StoredTask.Place.GONE;
      log.ended(now, name, task, how);
      admitDue(now);
      pulls.serve(now);
    }
  }

  private List<StoredTask> settledSince(long sinceNanos) {
    List<StoredTask> settled = new ArrayList<>();
    log.forEach(
        event -> {
          StoredTask task = event.task();
          if (task != null
              && name.equals(event.partition())
              && event.what().equals(EventLog.ACKED)
              && event.nanos() > sinceNanos
              && task.place == StoredTask.Place.GONE) {
            settled.add(task);
          }
        });
    return settled;
  }

  private void comeBack(List<StoredTask> settled, String how, long now) {
    for (StoredTask task : settled) {
      task.place = StoredTask.Place.NEW;
      task.deliveries = 0;
      level(task).fresh.add(task);
      log.add(now, name, task, how);
    }
  }

  private void forgetDeliveries(Predicate<StoredTask> which, long now) {
    List<StoredTask> forgotten = new ArrayList<>();
    forEach(
        task -> {
          if (task.place.isOutstanding() && which.test(task)) {
            forgotten.add(task);
          }
        });
    for (StoredTask task : forgotten) {
      detach(task);
      level(task).outstanding--;
      log.ended(now, name, task, "fault: delivery forgotten");
      task.place = StoredTask.Place.NEW;
      task.deliveries = 0;
    }
    for (int i = 0; i < levels.count(); i++) {
      Level level = levels.get(i);
      level.takeAsNew(forgotten.stream().filter(task -> level(task) == level).toList());
    }
  }

  /** The highest priority first, unless it is another one's turn. */
  private @Nullable StoredTask next(long now, InMemoryPuller puller) {
    int turn = levels.count() == 1 ? -1 : puller.turns.next();
    StoredTask task = turn < 0 ? null : next(levels.get(turn), now, puller);
    for (int i = levels.count() - 1; task == null && i >= 0; i--) {
      task = next(levels.get(i), now, puller);
    }
    return task;
  }

  /**
   * Redeliveries come first and are not held back by the limit on outstanding tasks: they count
   * already.
   */
  private @Nullable StoredTask next(Level level, long now, InMemoryPuller puller) {
    while (!level.redeliveries.isEmpty()) {
      Iterator<StoredTask> first = level.redeliveries.iterator();
      StoredTask task = first.next();
      first.remove();
      if (task.deliveries < config.maxDeliveries()) {
        return task;
      }
      level.outstanding--;
      task.place = StoredTask.Place.GONE;
      deadLetters.add(task, DeadLetter.MAX_DELIVERIES, now);
      log.add(now, name, task, "dead: " + DeadLetter.MAX_DELIVERIES);
      puller.exhausted(task);
      admitDue(now);
    }
    StoredTask first = level.outstanding < config.maxOutstanding() ? level.fresh.pollFirst() : null;
    if (first != null) {
      level.outstanding++;
    }
    return first;
  }

  private void redeliver(StoredTask task) {
    task.place = StoredTask.Place.REDELIVERY;
    level(task).redeliveries.add(task);
  }

  private void schedule(StoredTask task, StoredTask.Place place, long deadlineNanos) {
    task.place = place;
    task.deadlineNanos = deadlineNanos;
    deadlines.add(task);
  }

  private void detach(StoredTask task) {
    if (task.place == StoredTask.Place.REDELIVERY) {
      level(task).redeliveries.remove(task);
    } else {
      deadlines.remove(task);
    }
  }
}
