package dev.jetlane.conformance.oracle;

import dev.jetlane.DeadLetter;
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
 * What the oracle knows about a queue from its history alone. It decides nothing: it follows the
 * answers of the queue, and knows the earliest and the latest moment of each deadline.
 */
public final class Model {

  enum State {
    /** Pushed to be due later, and perhaps not due. */
    LATER,
    /** Never delivered. */
    READY,
    /** Delivered and neither acked nor dead-lettered: under a lease, given back, or expired. */
    OUT,
    GONE,
    DEAD,
    /** A late settlement met a dead-lettering: one of both removed it. */
    GONE_OR_DEAD
  }

  /** Why a task comes back, which decides the rule that says when. */
  enum Cause {
    LEASE,
    EXTEND,
    NAK,
    DELAY,
    CLOSE
  }

  static final int UNORDERED = -1;

  static final class TaskState {
    static final int ANY_PULLER = -1;

    final String id;
    final String payload;
    final Map<String, String> headers;
    final int partition;
    int order;
    int incarnation;
    State state = State.READY;

    /** It was pushed to be due later; from when it may, and from when it must be due. */
    boolean delayed;

    long mayBeDue;
    long mustBeDue;

    /** Its deadline is at some moment from the one to the other. */
    long expiresMin = Long.MAX_VALUE;

    long expiresMax = Long.MAX_VALUE;

    /** When it took its place among the new ones: at some moment from the one to the other. */
    long arrivedMin;

    long arrivedMax;

    /** From when a pull must find it: a server may take a moment from the confirmation on. */
    long mustBeReady;

    Cause cause = Cause.LEASE;
    int attempts;
    boolean extended;

    /** The number of the delivery that was the last to get it. */
    int holder = -1;

    /** From when it may, and from when it must be deliverable again. */
    long mayReturn;

    long mustReturn;

    /** The event of an immediate nak, which orders redeliveries; {@link #UNORDERED} otherwise. */
    int nakOrder = UNORDERED;

    /** From when it must be a dead letter because it used up its deliveries. */
    long mustBeDead = Long.MAX_VALUE;

    /** The dead letters were purged when it may have been among them. */
    boolean purged;

    /** An expired delivery of it was closed: what it does wrong from now on is blamed on that. */
    boolean lateClosed;

    /** Its dead letter may be stored although the task is still there, unobserved. */
    boolean mayBeTwice;

    /** A settlement of it was refused by a close: what it does wrong now is blamed on that. */
    boolean refusedByClose;

    /** It may be in the buffer of a puller, see {@link Buffers}. */
    boolean hidden;

    /** In whose buffer it may be, {@link #ANY_PULLER} if it is unknown, and since when. */
    int hiddenBy;

    long hiddenSince;

    /** It was stored anew when its last attempt was released. */
    boolean putBack;

    /** A settlement met it, or one that a buffer had replaced by it: then it is still there. */
    boolean mayBeAnew;

    /** The number of the first delivery that is of the task as it is stored now, for sure. */
    int storedSince = -1;

    /** Until when an unconfirmed ack may be in flight. */
    long lingersUntil;

    /** Until when a copy of it may come out of a buffer although it is settled. */
    long echoesUntil = Long.MIN_VALUE;

    /** Its dead letter is stored although the task is still there, after how many attempts. */
    boolean lettered;

    int letterAttempts;
    @Nullable String deadReason;
    int deadOrder = UNORDERED;

    TaskState(String id, String payload, Map<String, String> headers, int partition, int order) {
      this.id = id;
      this.payload = payload;
      this.headers = headers;
      this.partition = partition;
      this.order = order;
    }

    boolean stored() {
      return state == State.READY || state == State.OUT;
    }

    /** Whether it may have become a new task, unobserved. */
    boolean mayBeReady(Span time) {
      return state == State.LATER && time.after() >= mayBeDue;
    }

    /** Whether it was there as a new task before the other one for sure. */
    boolean precedes(TaskState other) {
      return (delayed || other.delayed) ? arrivedMax < other.arrivedMin : order < other.order;
    }

    /** It has a deadline, this time after some moment of the span. */
    void expires(long nanos, Span time) {
      expiresMin = time.before() + nanos;
      expiresMax = time.after() + nanos;
    }

    boolean mayHaveExpired(Span time) {
      return time.after() >= expiresMin;
    }

    /** Whether a pull may have made it a dead letter because it has expired. */
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

  /** An id that was accepted, at some moment of the span. */
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

    /** How many tasks that were not handed out may be in a buffer. */
    long hidden() {
      return tasks.stream().filter(t -> t.state == State.READY && t.hidden).count();
    }
  }

  final History.Config config;
  final long tolerance;
  final Settings settings;
  final List<PartitionState> partitions = new ArrayList<>();
  final List<Handle> handles = new ArrayList<>();

  /** A letter was redriven or removed whose task may still be there: the rest is not followed. */
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
    TaskState task =
        new TaskState(pushing.id(), pushing.payload(), pushing.headers(), partition, nextOrder++);
    task.mustBeReady = time.after() + tolerance;
    task.arrivedMin = time.before();
    task.arrivedMax = time.after();
    partitions.get(partition).tasks.add(task);
    byPayload.put(task.payload, task);
    return task;
  }

  /** The task is delayed, from some moment of the span on. */
  void delay(TaskState task, long delayNanos, Span time) {
    task.state = State.LATER;
    task.delayed = true;
    task.mayBeDue = time.before() + delayNanos;
    // A server under load may be late by much more than the tolerance: who moves may be busy.
    task.mustBeDue = time.after() + delayNanos + 100 * tolerance;
    task.arrivedMin = task.mayBeDue;
    task.arrivedMax = Long.MAX_VALUE;
  }

  /** What must be due by now, and finds room for sure, is a new task. */
  void admit(long now) {
    Span time = new Span(now, now);
    for (PartitionState partition : partitions) {
      List<TaskState> due =
          partition.tasks.stream()
              .filter(t -> t.state == State.LATER && now >= t.mustBeDue)
              .sorted(Comparator.comparingLong(t -> t.mustBeDue))
              .toList();
      for (TaskState task : due) {
        if (storedMax(task.partition, time) <= settings.maxTasks()) {
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

  /** A dead letter became a task again: at the end of the queue, with attempts from 1. */
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

  /** It came out of a buffer as one that the buffer had stored anew with its last attempt. */
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

  /** The last attempt was given back as failed: a dead letter, without any pull. */
  void usedUpNow(TaskState task, int order) {
    task.state = State.DEAD;
    if (!task.lettered) {
      task.deadReason = DeadLetter.MAX_DELIVERIES;
      task.deadOrder = order;
    }
  }

  /** How long a delivery that is closed unsettled stays away. */
  static long pauseNanos(int attempt) {
    long seconds = attempt <= 1 ? 0 : 1L << Math.min(attempt - 2, 20);
    return TimeUnit.SECONDS.toNanos(Math.min(seconds, 600));
  }

  boolean usedUp(TaskState task) {
    return task.attempts >= settings.maxDeliveries();
  }

  /** Whether it may have used up its deliveries in a buffer, unobserved. */
  boolean usedUpUnseen(TaskState task) {
    return task.hidden
        && task.state != State.GONE
        && task.state != State.DEAD
        && settings.maxDeliveries() < QueueConfig.UNLIMITED;
  }

  /** How many tasks a puller may have given back with their last attempt, so that they are new. */
  long maybePutBack(int partition) {
    return partition(partition).tasks.stream()
        .filter(t -> t.mayBeAnew || (t.state == State.OUT && usedUpUnseen(t)))
        .count();
  }

  /** Whether it may have become a dead letter because its last delivery ended, or of age. */
  boolean mayBeDead(TaskState task, Span time) {
    return usedUpUnseen(task)
        || (task.state == State.OUT && usedUp(task) && task.mayBeBack(time))
        || task.mayBeDeadOfAge(time);
  }

  /** Whether one lease by this puller is all that can have happened to a buffered task. */
  boolean foreseeable(TaskState task, int puller, Span time) {
    return !task.hidden
        || (task.hiddenBy == puller && time.after() < task.hiddenSince + config.leaseNanos());
  }

  /** Delayed, or due and stored for sure: one in a buffer may be a dead letter. */
  long laterForSure(int partition) {
    return partition(partition).tasks.stream()
        .filter(t -> t.state == State.LATER && !usedUpUnseen(t))
        .count();
  }

  /** How many tasks of the partition may have become due, unobserved. */
  long maybeReady(int partition, Span time) {
    return partition(partition).tasks.stream().filter(t -> t.mayBeReady(time)).count();
  }

  /** Whether it is a dead letter once a pull has met it, for sure. */
  boolean hasEnded(TaskState task, Span time) {
    return (task.state == State.OUT && usedUp(task))
        || time.before() - tolerance >= task.expiresMax;
  }

  boolean mustBeDead(TaskState task, Span time) {
    return task.stored() && hasEnded(task, time) && time.before() >= task.mustBeDead;
  }

  /** Stored for sure: neither dead nor gone. */
  long storedMin(int partition, Span time) {
    return partition(partition).tasks.stream()
        .filter(t -> t.stored() && !mayBeDead(t, time))
        .count();
  }

  long storedMax(int partition, Span time) {
    return partition(partition).tasks.stream()
        .filter(
            t ->
                (t.stored() && !mustBeDead(t, time))
                    || lingers(t, time)
                    || t.mayBeAnew
                    || t.mayBeReady(time))
        .count();
  }

  /**
   * How many tasks may still be stored whose ack was not confirmed. For a moment such a task may
   * count as ready: a server forgets the delivery before it removes the message ({@code
   * processAckMsg} in consumer.go).
   */
  long lingering(int partition, Span time) {
    return partition(partition).tasks.stream().filter(t -> lingers(t, time)).count();
  }

  private static boolean lingers(TaskState task, Span time) {
    return task.state == State.GONE && time.before() < task.lingersUntil;
  }

  /** Delivered and not settled for sure. */
  long outMin(int partition, Span time) {
    return partition(partition).tasks.stream()
        .filter(t -> t.state == State.OUT && !mayBeDead(t, time))
        .count();
  }

  long outMax(int partition, Span time) {
    return partition(partition).tasks.stream()
        .filter(
            t ->
                (t.state == State.OUT && !mustBeDead(t, time))
                    || ((t.state == State.READY || t.mayBeReady(time)) && t.hidden)
                    // The pull that meets it has it for a moment.
                    || (t.state == State.READY && t.mayBeDeadOfAge(time) && !mustBeDead(t, time))
                    || t.mayBeAnew
                    || lingers(t, time))
        .count();
  }

  /** A delivery was handed out: its task is under a lease from some moment of the span on. */
  void delivered(TaskState task, Seen seen, int puller, Span time) {
    boolean ahead = buffers.leasesAhead(task.partition, puller);
    long may = time.before() + config.leaseNanos();
    long must = time.after() + config.leaseNanos();
    long claimed = seen.remaining().time().before() + seen.remaining().nanos();
    long claimedMax = seen.remaining().time().after() + seen.remaining().nanos();
    // When a task was leased ahead only its puller knows; what it says is held against it.
    Handle handle =
        new Handle(
            seen.number(),
            task,
            puller,
            puller % settings.clients(),
            ahead ? claimed : may,
            ahead ? claimedMax : must);
    handle.unconfirmed = !buffers.options(task.partition, puller).confirmAcks();
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
    long late = ahead && tolerance == 0 ? claimedMax : must + tolerance;
    task.returns(Cause.LEASE, handle.leaseEndsMin, late, UNORDERED);
  }
}
