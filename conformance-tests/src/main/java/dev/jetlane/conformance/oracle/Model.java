// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.DeadLetter;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueConfig;
import dev.jetlane.conformance.oracle.History.Seen;
import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.plan.Settings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The state of a queue, as far as its history shows it. The model judges nothing: it follows the
 * answers of the queue, and knows the earliest and the latest moment of each deadline. Times named
 * {@code may...} are the earliest moments, times named {@code must...} the latest.
 */
public final class Model {

  enum State {
    /** Pushed with a delay, and possibly not due yet. */
    LATER,
    /** Never delivered. */
    READY,
    /** Delivered, not settled: under a lease, given back, or with an expired lease. */
    OUT,
    GONE,
    DEAD,
    /** Removed by a late settlement or by a dead-lettering. It is unknown which of them. */
    GONE_OR_DEAD
  }

  /** The reason of a redelivery. It decides which rule applies to the time of the redelivery. */
  enum Cause {
    LEASE,
    EXTEND,
    NAK,
    DELAY,
    CLOSE,
    /** The lease was kept until its maximum. */
    KEPT
  }

  static final int UNORDERED = -1;

  static final class TaskState {
    static final int ANY_PULLER = -1;

    final String id;
    final String payload;
    final Map<String, String> headers;
    final int partition;
    final int priority;
    int order;
    int incarnation;
    State state = State.READY;

    /** Whether it was pushed with a delay, and its earliest and latest due time. */
    boolean delayed;

    long mayBeDue;
    long mustBeDue;

    /** The earliest and the latest moment of its deadline. */
    long expiresMin = Long.MAX_VALUE;

    long expiresMax = Long.MAX_VALUE;

    /** The earliest and the latest moment at which it took its place among the new tasks. */
    long arrivedMin;

    long arrivedMax;

    /** The moment from which a pull must find it, some time after the confirmation. */
    long mustBeReady;

    Cause cause = Cause.LEASE;
    int attempts;
    boolean extended;

    /** The number of its latest delivery. */
    int holder = -1;

    /** The earliest and the latest moment at which it becomes deliverable again. */
    long mayReturn;

    long mustReturn;

    /** The index of the event of an immediate nak, or UNORDERED. It orders redeliveries. */
    int nakOrder = UNORDERED;

    /** The moment from which it must be a dead letter because it used up its deliveries. */
    long mustBeDead = Long.MAX_VALUE;

    /** Whether a purge of dead letters may have removed it. */
    boolean purged;

    /** Whether an expired delivery of it was closed. That close then explains violations. */
    boolean lateClosed;

    /** Whether its dead letter may be stored while the task is stored too. */
    boolean mayBeTwice;

    /** Whether a close refused a settlement of it. The rule of that close then gets violations. */
    boolean refusedByClose;

    /** Whether it may be in the buffer of a puller, see {@link Buffers}. */
    boolean hidden;

    /** The puller whose buffer may contain it, or {@link #ANY_PULLER}, and the time since when. */
    int hiddenBy;

    long hiddenSince;

    /** Whether it was stored again when its last attempt was released. */
    boolean putBack;

    /** Whether a buffer may have stored it again before it was settled. */
    boolean mayBeAnew;

    /** The first delivery that certainly belongs to the currently stored copy of the task. */
    int storedSince = -1;

    /** The time until which an unconfirmed ack may be in flight. */
    long lingersUntil;

    /** The time until which a buffer may hand out a copy of it, although it is settled. */
    long echoesUntil = Long.MIN_VALUE;

    /** Whether both the task and its dead letter are stored, and the attempts of the letter. */
    boolean lettered;

    int letterAttempts;
    @Nullable String deadReason;
    int deadOrder = UNORDERED;

    TaskState(History.Pushing pushing, int partition, int order) {
      id = pushing.id();
      payload = pushing.payload();
      headers = pushing.headers();
      priority = pushing.priority();
      this.partition = partition;
      this.order = order;
    }

    boolean stored() {
      return state == State.READY || state == State.OUT;
    }

    /** Whether it may have become due unobserved. */
    boolean mayBeReady(Span time) {
      return state == State.LATER && time.after() >= mayBeDue;
    }

    /** Whether this task certainly became a new task before the other task. */
    boolean precedes(TaskState other) {
      return (delayed || other.delayed) ? arrivedMax < other.arrivedMin : order < other.order;
    }

    /** Sets a deadline that lies this much later than some moment of the span. */
    void expires(long nanos, Span time) {
      expiresMin = time.before() + nanos;
      expiresMax = time.after() + nanos;
    }

    boolean mayHaveExpired(Span time) {
      return time.after() >= expiresMin;
    }

    /** Whether a pull may have made it a dead letter because its deadline passed. */
    boolean mayBeDeadOfAge(Span time) {
      return mayHaveExpired(time) && (state == State.READY || mayBeBack(time));
    }

    boolean mayBeBack(Span time) {
      return state == State.OUT && time.after() >= mayReturn;
    }

    boolean mustBeBack(Span time) {
      return state == State.OUT && time.before() >= mustReturn;
    }

    void hide(int puller, long since) {
      if (!hidden) {
        hidden = true;
        hiddenBy = puller;
        hiddenSince = since;
      } else if (hiddenBy != puller) {
        hiddenBy = ANY_PULLER;
      }
    }

    void returns(Cause why, long may, long must, int order) {
      hidden = false;
      cause = why;
      mayReturn = may;
      mustReturn = must;
      nakOrder = order;
    }

    @Override
    public String toString() {
      return id + " (" + payload + ")";
    }
  }

  /** An id that the queue accepted at some moment of the span. */
  record Accepted(Span time, TaskState task, int duplicates) {}

  static final class PartitionState {
    final List<TaskState> tasks = new ArrayList<>();
    final Map<String, Accepted> ids = new HashMap<>();

    long count(State state) {
      return count(state, task -> true);
    }

    long count(State state, Predicate<TaskState> which) {
      return tasks.stream().filter(t -> t.state == state && which.test(t)).count();
    }
  }

  final History.Config config;
  final long tolerance;
  final Settings settings;
  final List<PartitionState> partitions = new ArrayList<>();
  final List<Handle> handles = new ArrayList<>();

  /** A letter was redriven or removed while its task may be stored. The model stops here. */
  boolean lostSight;

  /** The payloads of pushes that a close refused. */
  final Set<String> refused = new HashSet<>();

  final Buffers buffers;
  private final Map<String, TaskState> byPayload = new HashMap<>();
  private int nextOrder;

  Model(History history) {
    config = history.config();
    tolerance = history.toleranceNanos();
    settings = history.plan().settings();
    buffers = new Buffers(this, history.config().pulling());
    for (int p = 0; p < settings.partitions(); p++) {
      partitions.add(new PartitionState());
    }
  }

  PartitionState partition(int k) {
    return partitions.get(Math.floorMod(k, partitions.size()));
  }

  int partitionIndex(int k) {
    return Math.floorMod(k, partitions.size());
  }

  TaskState add(History.Pushing pushing, int partition, Span time) {
    TaskState task = new TaskState(pushing, partition, nextOrder++);
    task.mustBeReady = time.after() + tolerance;
    task.arrivedMin = time.before();
    task.arrivedMax = time.after();
    partitions.get(partition).tasks.add(task);
    byPayload.put(task.payload, task);
    return task;
  }

  /** Records a delay that begins at some moment of the span. */
  void delay(TaskState task, long delayNanos, Span time) {
    task.state = State.LATER;
    task.delayed = true;
    task.mayBeDue = time.before() + delayNanos;
    // Much later than the tolerance, because the client that moves due tasks may be busy.
    task.mustBeDue = time.after() + delayNanos + 100 * tolerance;
    task.arrivedMin = task.mayBeDue;
    task.arrivedMax = Long.MAX_VALUE;
  }

  /** Turns delayed tasks that must be due and certainly have room into new tasks. */
  void admit(long now) {
    Span time = new Span(now, now);
    for (PartitionState partition : partitions) {
      List<TaskState> due =
          partition.tasks.stream()
              .filter(t -> t.state == State.LATER && now >= t.mustBeDue)
              .sorted(Comparator.comparingLong(t -> t.mustBeDue))
              .toList();
      for (TaskState task : due) {
        if (tally(task, time).storedMax() <= settings.maxTasks()) {
          becameDue(task, settings.maxTasks() == QueueConfig.UNLIMITED ? task.mustBeDue : now);
        }
      }
    }
  }

  void becameDue(TaskState task, long arrivedNanos) {
    task.state = State.READY;
    task.arrivedMax = arrivedNanos;
    task.mustBeReady = arrivedNanos + tolerance;
    task.order = nextOrder++;
    partitions.get(task.partition).tasks.sort(Comparator.comparingInt(t -> t.order));
  }

  @Nullable TaskState byPayload(String payload) {
    return byPayload.get(payload);
  }

  /** Records that a dead letter became a new task at the end, with attempts from 1. */
  void redriven(TaskState task, Span time) {
    task.state = State.READY;
    task.mustBeReady = time.after() + tolerance;
    task.delayed = false;
    task.arrivedMin = time.before();
    task.arrivedMax = time.after();
    task.order = nextOrder++;
    task.putBack = false;
    startsAnew(task);
    task.mustBeDead = Long.MAX_VALUE;
    task.deadReason = null;
    task.purged = false;
    task.hidden = false;
    partitions.get(task.partition).tasks.sort(Comparator.comparingInt(t -> t.order));
  }

  /** Records that a buffer had stored the task again on its last attempt. A delivery shows it. */
  void storedAnew(TaskState task) {
    task.state = State.READY;
    startsAnew(task);
    task.hide(TaskState.ANY_PULLER, Long.MIN_VALUE);
  }

  private static void startsAnew(TaskState task) {
    task.incarnation++;
    task.mayBeAnew = false;
    task.attempts = 0;
    task.holder = -1;
    task.nakOrder = UNORDERED;
  }

  /** Records that a failed last attempt made a dead letter without a pull. */
  void usedUpNow(TaskState task, int order) {
    task.state = State.DEAD;
    if (!task.lettered) {
      task.deadReason = DeadLetter.MAX_DELIVERIES;
      task.deadOrder = order;
    }
  }

  /** Returns the delay before a delivery that was closed unsettled is redelivered. */
  static long pauseNanos(int attempt) {
    long seconds = attempt <= 1 ? 0 : 1L << Math.min(attempt - 2, 20);
    return TimeUnit.SECONDS.toNanos(Math.min(seconds, 600));
  }

  boolean usedUp(TaskState task) {
    return task.attempts >= settings.maxDeliveries();
  }

  /** Whether it may have used up its deliveries unobserved in a buffer. */
  boolean usedUpUnseen(TaskState task) {
    return task.hidden
        && task.state != State.GONE
        && task.state != State.DEAD
        && settings.maxDeliveries() < QueueConfig.UNLIMITED;
  }

  /** Whether its used-up deliveries or its deadline may have made it a dead letter. */
  boolean mayBeDead(TaskState task, Span time) {
    return usedUpUnseen(task)
        || (task.state == State.OUT && usedUp(task) && task.mayBeBack(time))
        || task.mayBeDeadOfAge(time);
  }

  /** Whether a buffered task was leased once at most, and by this puller. */
  boolean foreseeable(TaskState task, int puller, Span time) {
    return !task.hidden
        || (task.hiddenBy == puller && time.after() < task.hiddenSince + config.leaseNanos());
  }

  /** Whether the next pull that finds it certainly makes it a dead letter. */
  boolean hasEnded(TaskState task, Span time) {
    return (task.state == State.OUT && usedUp(task))
        || time.before() - tolerance >= task.expiresMax;
  }

  boolean mustBeDead(TaskState task, Span time) {
    return task.stored() && hasEnded(task, time) && time.before() >= task.mustBeDead;
  }

  /** Returns the counts of the tasks of a partition. */
  Tally tally(int partition, Span time) {
    return new Tally(this, partitions.get(partition).tasks, time);
  }

  /** Returns the counts of the tasks of one priority, which limits apply to. */
  Tally tally(int partition, int priority, Span time) {
    List<TaskState> tasks =
        partitions.get(partition).tasks.stream().filter(t -> t.priority == priority).toList();
    return new Tally(this, tasks, time);
  }

  /** Returns the counts of the tasks of the same partition and priority. */
  Tally tally(TaskState task, Span time) {
    return tally(task.partition, task.priority, time);
  }

  /** Records a delivery. Its lease began at some moment of the span. */
  void delivered(TaskState task, Seen seen, int puller, Span time) {
    boolean ahead = buffers.leasesAhead(task.partition, puller);
    PullOptions options = buffers.options(task.partition, puller);
    long may = time.before() + config.leaseNanos();
    long must = time.after() + config.leaseNanos();
    long claimed = seen.remaining().time().before() + seen.remaining().nanos();
    long claimedMax = seen.remaining().time().after() + seen.remaining().nanos();
    // Only the puller knows when it leased a task ahead, so its reported lease is checked.
    Handle handle =
        new Handle(
            seen.number(),
            task,
            puller,
            puller % settings.clients(),
            ahead ? claimed : may,
            ahead ? claimedMax : must);
    handle.unconfirmed = !options.confirmAcks();
    if (!options.keepFor().isZero()) {
      handle.keep(new Keeping(options, config.leaseNanos(), tolerance, ahead, time));
    }
    handles.add(handle);
    task.attempts = seen.attempt();
    task.holder = seen.number();
    if (usedUpUnseen(task)) {
      task.storedSince = seen.number();
    }
    if (!task.stored()) {
      return;
    }
    task.state = State.OUT;
    task.extended = false;
    task.lateClosed = false;
    boolean exact = ahead && tolerance == 0;
    task.returns(
        handle.keeping == null ? Cause.LEASE : Cause.KEPT,
        handle.leaseEndsMin,
        Math.max(handle.leaseEndsMax, exact ? claimedMax : must) + tolerance,
        UNORDERED);
  }
}
