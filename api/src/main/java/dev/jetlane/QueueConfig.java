// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * The settings of a queue. Immutable; each {@code with} method returns a copy.
 *
 * <p>The lease, the dedup window, {@link #maxOutstanding}, {@link #maxTasks} and the number of
 * {@link #priorities} belong to the queue: a client with other values gets a {@link
 * ConfigDriftException}. {@link #maxDeliveries}, {@link #maxPayloadBytes} and {@link #lowEvery}
 * belong to each client: the client enforces them, and a server does not know them. Clients of one
 * queue should agree on them.
 */
@CheckReturnValue
public final class QueueConfig {

  /** The value of {@link #maxDeliveries} and {@link #maxTasks} for no limit. */
  public static final int UNLIMITED = Integer.MAX_VALUE;

  private static final QueueConfig DEFAULTS = new QueueConfig(new Values());

  /** The settings; modified only before they are published. */
  private static final class Values implements Cloneable {

    Duration lease = Duration.ofMinutes(2);
    Duration dedupWindow = Duration.ofMinutes(2);
    int maxDeliveries = 20;
    int maxOutstanding = 10_000;
    int maxTasks = UNLIMITED;
    int maxPayloadBytes = 1_000_000;
    int priorities = 1;
    OptionalInt lowEvery = OptionalInt.empty();

    Values copy() {
      try {
        return (Values) clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError(e);
      }
    }

    List<Object> all() {
      return List.of(
          lease,
          dedupWindow,
          maxDeliveries,
          maxOutstanding,
          maxTasks,
          maxPayloadBytes,
          priorities,
          lowEvery);
    }
  }

  private final Values values;

  private QueueConfig(Values values) {
    this.values = values;
  }

  private QueueConfig with(Consumer<Values> change) {
    Values changed = values.copy();
    change.accept(changed);
    return new QueueConfig(changed);
  }

  /**
   * Returns the defaults, which fit those of a nats-server: a lease of 120 s, a dedup window of 2
   * min, 20 deliveries, 10,000 outstanding tasks, no limit on the number of tasks, payloads of up
   * to 1,000,000 bytes, one priority.
   *
   * @return the defaults
   */
  public static QueueConfig defaults() {
    return DEFAULTS;
  }

  /**
   * Returns how long a delivery belongs to its holder.
   *
   * @return from {@link Limits#MIN_LEASE} to {@link Limits#MAX_LEASE}
   */
  public Duration lease() {
    return values.lease;
  }

  /**
   * Returns how long a task id is remembered after its push was accepted.
   *
   * @return from {@link Limits#MIN_WINDOW} to {@link Limits#MAX_WINDOW}
   */
  public Duration dedupWindow() {
    return values.dedupWindow;
  }

  /**
   * Returns how often a task is delivered before it becomes a dead letter.
   *
   * @return at least 1; {@link #UNLIMITED} for never
   */
  public int maxDeliveries() {
    return values.maxDeliveries;
  }

  /**
   * Returns how many delivered and unsettled tasks a partition may have before it delivers only
   * redeliveries. The tasks of all workers count together: running ones, those leased ahead, and
   * those under a delayed nak.
   *
   * @return from 1 to {@link Limits#MAX_OUTSTANDING}
   */
  public int maxOutstanding() {
    return values.maxOutstanding;
  }

  /**
   * Returns how many tasks a partition holds before it refuses pushes. Settled tasks do not count,
   * outstanding ones do. Delayed ones count against pushes with a delay only; concurrent pushes
   * with a delay may exceed the limit by their number. A delayed task that becomes due while the
   * partition is full waits for room.
   *
   * @return at least 1; {@link #UNLIMITED} for no limit
   */
  public int maxTasks() {
    return values.maxTasks;
  }

  /**
   * Returns the largest payload.
   *
   * @return in bytes, from 0
   */
  public int maxPayloadBytes() {
    return values.maxPayloadBytes;
  }

  /**
   * Returns how many priorities tasks may have, see {@link #withPriorities}.
   *
   * @return from 1, the default, to {@link Limits#MAX_PRIORITIES}
   */
  public int priorities() {
    return values.priorities;
  }

  /**
   * Returns the share of the lower priorities, see {@link #withLowEvery}.
   *
   * @return n, if every n-th task is taken from a lower priority; empty, the default, if the lower
   *     priorities have no share
   */
  public OptionalInt lowEvery() {
    return values.lowEvery;
  }

  /**
   * Returns a copy with another {@link #lease}.
   *
   * @param value the new value
   * @return the copy
   * @throws InvalidInputException if the value is out of its range
   */
  public QueueConfig withLease(Duration value) {
    Limits.checkLease(value);
    return with(v -> v.lease = value);
  }

  /**
   * Returns a copy with another {@link #dedupWindow}.
   *
   * @param value the new value
   * @return the copy
   * @throws InvalidInputException if the value is out of its range
   */
  public QueueConfig withDedupWindow(Duration value) {
    Limits.checkDedupWindow(value);
    return with(v -> v.dedupWindow = value);
  }

  /**
   * Returns a copy with another {@link #maxDeliveries}.
   *
   * @param value the new value
   * @return the copy
   * @throws InvalidInputException if the value is out of its range
   */
  public QueueConfig withMaxDeliveries(int value) {
    Limits.checkRange("maxDeliveries", value, 1, UNLIMITED);
    return with(v -> v.maxDeliveries = value);
  }

  /**
   * Returns a copy with another {@link #maxOutstanding}.
   *
   * @param value the new value
   * @return the copy
   * @throws InvalidInputException if the value is out of its range
   */
  public QueueConfig withMaxOutstanding(int value) {
    Limits.checkRange("maxOutstanding", value, 1, Limits.MAX_OUTSTANDING);
    return with(v -> v.maxOutstanding = value);
  }

  /**
   * Returns a copy with another {@link #maxTasks}.
   *
   * @param value the new value
   * @return the copy
   * @throws InvalidInputException if the value is out of its range
   */
  public QueueConfig withMaxTasks(int value) {
    Limits.checkRange("maxTasks", value, 1, UNLIMITED);
    return with(v -> v.maxTasks = value);
  }

  /**
   * Returns a copy with another {@link #maxPayloadBytes}.
   *
   * @param value the new value
   * @return the copy
   * @throws InvalidInputException if the value is out of its range
   */
  public QueueConfig withMaxPayloadBytes(int value) {
    Limits.checkRange("maxPayloadBytes", value, 0, Limits.MAX_PAYLOAD_BYTES);
    return with(v -> v.maxPayloadBytes = value);
  }

  /**
   * Returns a copy with priorities from 0 to {@code levels - 1}, the highest first. The lower ones
   * have no share and may starve: see {@link #withLowEvery}.
   *
   * <p><b>Order.</b> A pull takes tasks from the highest priority that has any, redeliveries
   * included; each priority has the order of {@link Puller#pull}. A pull waits for all priorities
   * at the same time. On a server a new task becomes visible after a few milliseconds; until then a
   * pull can return tasks of a lower priority first.
   *
   * <p><b>Limits.</b> {@link #maxOutstanding} and {@link #maxTasks} are limits of each priority: a
   * backlog of one does not affect the others. Delayed tasks of all priorities count against a push
   * with a delay. On a server a priority that has ready tasks and is at its {@link #maxOutstanding}
   * delays a pull by up to a quarter of a second, because the server does not answer.
   *
   * <p><b>Prefetch</b> is not used, because it would give a task of low priority to a puller before
   * one of high priority arrives.
   *
   * <p><b>Attempts.</b> A pull that has to wait on a server sends one request per priority, for one
   * task each. If tasks of several priorities arrive at the same moment and it has no room for all
   * of them, it returns the highest ones and gives the others back immediately. Each of these loses
   * an attempt, so set {@link #maxDeliveries} higher. This never happens to a pull for at least as
   * many tasks as there are priorities.
   *
   * <p>The number of priorities can be raised (on NATS by an administrator with the drift policy
   * {@code UPDATE}), but not lowered, because no client would pull the remaining tasks. A client
   * with another number gets a {@link ConfigDriftException}.
   *
   * @param levels from 1 to {@link Limits#MAX_PRIORITIES}
   * @return the copy
   * @throws InvalidInputException if the number is out of its range
   */
  public QueueConfig withPriorities(int levels) {
    Limits.checkRange("priorities", levels, 1, Limits.MAX_PRIORITIES);
    return with(
        v -> {
          v.priorities = levels;
          v.lowEvery = OptionalInt.empty();
        });
  }

  /**
   * Returns a copy in which every n-th task that a puller hands out is taken from a priority below
   * the highest: from 0, 1, 2 and so on in turn, or in the usual order if that priority has no
   * task. So each lower priority gets one in n × ({@link #priorities} - 1) tasks.
   *
   * @param tasks n, from 2 to {@link Limits#MAX_PULL}
   * @return the copy
   * @throws InvalidInputException if the number is out of its range, or there is one priority
   */
  public QueueConfig withLowEvery(int tasks) {
    if (values.priorities == 1 || tasks < 2 || tasks > Limits.MAX_PULL) {
      throw new InvalidInputException(
          "lowEvery",
          tasks,
          "must be from 2 to " + Limits.MAX_PULL + ", in a queue with several priorities");
    }
    return with(v -> v.lowEvery = OptionalInt.of(tasks));
  }

  /** Compares all settings. */
  @Override
  public boolean equals(Object other) {
    return other instanceof QueueConfig that && values.all().equals(that.values.all());
  }

  @Override
  public int hashCode() {
    return values.all().hashCode();
  }

  /** Contains every setting. */
  @Override
  public String toString() {
    return "QueueConfig[lease="
        + lease()
        + ", dedupWindow="
        + dedupWindow()
        + ", maxDeliveries="
        + maxDeliveries()
        + ", maxOutstanding="
        + maxOutstanding()
        + ", maxTasks="
        + maxTasks()
        + ", maxPayloadBytes="
        + maxPayloadBytes()
        + ", priorities="
        + priorities()
        + (lowEvery().isPresent() ? ", lowEvery=" + lowEvery().getAsInt() : "")
        + "]";
  }
}
