package dev.jetlane;

import java.time.Duration;

/**
 * The settings of a queue, which every client must open it with. Immutable.
 *
 * @param lease how long a delivery belongs to its holder, from {@link Limits#MIN_LEASE} to {@link
 *     Limits#MAX_LEASE}
 * @param dedupWindow how long a task id is remembered after its push was accepted, from {@link
 *     Limits#MIN_WINDOW} to {@link Limits#MAX_WINDOW}
 * @param maxDeliveries how often a task is delivered before it becomes a dead letter; at least 1,
 *     {@link #UNLIMITED} for never
 * @param maxOutstanding how many delivered and unsettled tasks a partition may have before it
 *     delivers only redeliveries, from 1 to {@link Limits#MAX_OUTSTANDING}. Plan for all workers
 *     together: pullers × (prefetch + running tasks), and room for tasks under a delayed nak, which
 *     count.
 * @param maxTasks how many tasks a partition holds before it refuses pushes; at least 1, {@link
 *     #UNLIMITED} for no limit. Settled tasks do not count, outstanding ones do. Delayed ones count
 *     against pushes with a delay only; concurrent pushes with a delay may exceed the limit by
 *     their number. A delayed task that becomes due while the partition is full waits for room.
 * @param maxPayloadBytes the largest payload in bytes, from 0
 * @param priorities how many priorities tasks may have, from 1, the default, to {@link
 *     Limits#MAX_PRIORITIES}: see {@link #withPriorities(int, int)}
 * @param lowEvery every n-th task is taken from a lower priority; n from 2 to {@link
 *     Limits#MAX_PULL}; 0, the default, disables this
 */
public record QueueConfig(
    Duration lease,
    Duration dedupWindow,
    int maxDeliveries,
    int maxOutstanding,
    int maxTasks,
    int maxPayloadBytes,
    int priorities,
    int lowEvery) {

  /** No limit, for {@link #maxDeliveries} and {@link #maxTasks}. */
  public static final int UNLIMITED = Integer.MAX_VALUE;

  private static final QueueConfig DEFAULTS =
      new QueueConfig(
          Duration.ofMinutes(2), Duration.ofMinutes(2), 20, 10_000, UNLIMITED, 1_000_000, 1, 0);

  /**
   * Checks all values.
   *
   * @param lease see {@link #lease}
   * @param dedupWindow see {@link #dedupWindow}
   * @param maxDeliveries see {@link #maxDeliveries}
   * @param maxOutstanding see {@link #maxOutstanding}
   * @param maxTasks see {@link #maxTasks}
   * @param maxPayloadBytes see {@link #maxPayloadBytes}
   * @param priorities see {@link #priorities}
   * @param lowEvery see {@link #lowEvery}
   * @throws InvalidInputException if a value is out of its range
   */
  public QueueConfig {
    Limits.checkLease(lease);
    Limits.checkDedupWindow(dedupWindow);
    Limits.checkRange("maxDeliveries", maxDeliveries, 1, UNLIMITED);
    Limits.checkRange("maxOutstanding", maxOutstanding, 1, Limits.MAX_OUTSTANDING);
    Limits.checkRange("maxTasks", maxTasks, 1, UNLIMITED);
    Limits.checkRange("maxPayloadBytes", maxPayloadBytes, 0, Limits.MAX_PAYLOAD_BYTES);
    Limits.checkRange("priorities", priorities, 1, Limits.MAX_PRIORITIES);
    boolean shared = priorities > 1 && lowEvery >= 2 && lowEvery <= Limits.MAX_PULL;
    if (lowEvery != 0 && !shared) {
      throw new InvalidInputException(
          "lowEvery",
          lowEvery,
          "must be 0, or from 2 to " + Limits.MAX_PULL + " where there are several priorities");
    }
  }

  /**
   * Returns the defaults, which fit those of a nats-server: a lease of 120 s, a dedup window of 2
   * min, 20 deliveries, 10,000 outstanding tasks, no limit on the number of tasks, payloads of up
   * to 1,000,000 bytes.
   *
   * @return the defaults
   */
  public static QueueConfig defaults() {
    return DEFAULTS;
  }

  /**
   * Returns a copy with another {@link #lease}.
   *
   * @param value the new value
   * @return the copy
   * @throws InvalidInputException if the value is out of its range
   */
  public QueueConfig withLease(Duration value) {
    return new QueueConfig(
        value,
        dedupWindow,
        maxDeliveries,
        maxOutstanding,
        maxTasks,
        maxPayloadBytes,
        priorities,
        lowEvery);
  }

  /**
   * Returns a copy with another {@link #dedupWindow}.
   *
   * @param value the new value
   * @return the copy
   * @throws InvalidInputException if the value is out of its range
   */
  public QueueConfig withDedupWindow(Duration value) {
    return new QueueConfig(
        lease,
        value,
        maxDeliveries,
        maxOutstanding,
        maxTasks,
        maxPayloadBytes,
        priorities,
        lowEvery);
  }

  /**
   * Returns a copy with another {@link #maxDeliveries}.
   *
   * @param value the new value
   * @return the copy
   * @throws InvalidInputException if the value is out of its range
   */
  public QueueConfig withMaxDeliveries(int value) {
    return new QueueConfig(
        lease, dedupWindow, value, maxOutstanding, maxTasks, maxPayloadBytes, priorities, lowEvery);
  }

  /**
   * Returns a copy with another {@link #maxOutstanding}.
   *
   * @param value the new value
   * @return the copy
   * @throws InvalidInputException if the value is out of its range
   */
  public QueueConfig withMaxOutstanding(int value) {
    return new QueueConfig(
        lease, dedupWindow, maxDeliveries, value, maxTasks, maxPayloadBytes, priorities, lowEvery);
  }

  /**
   * Returns a copy with another {@link #maxTasks}.
   *
   * @param value the new value
   * @return the copy
   * @throws InvalidInputException if the value is out of its range
   */
  public QueueConfig withMaxTasks(int value) {
    return new QueueConfig(
        lease,
        dedupWindow,
        maxDeliveries,
        maxOutstanding,
        value,
        maxPayloadBytes,
        priorities,
        lowEvery);
  }

  /**
   * Returns a copy with another {@link #maxPayloadBytes}.
   *
   * @param value the new value
   * @return the copy
   * @throws InvalidInputException if the value is out of its range
   */
  public QueueConfig withMaxPayloadBytes(int value) {
    return new QueueConfig(
        lease, dedupWindow, maxDeliveries, maxOutstanding, maxTasks, value, priorities, lowEvery);
  }

  /**
   * Returns a copy with priorities and without a share for the lower ones, which may starve.
   *
   * @param levels as for {@link #withPriorities(int, int)}
   * @return the copy
   * @throws InvalidInputException as for {@link #withPriorities(int, int)}
   */
  public QueueConfig withPriorities(int levels) {
    return withPriorities(levels, 0);
  }

  /**
   * Returns a copy with priorities from 0 to {@code levels - 1}, the highest first.
   *
   * <p><b>Order.</b> Each priority has the order of {@link Puller#pull}, and a pull takes from the
   * highest one that has a task, redeliveries included. A pull waits for all priorities at the same
   * time. A server may take a few milliseconds to expose a new task; until then tasks of a lower
   * priority can be returned first.
   *
   * <p><b>The share of the lower ones.</b> Every {@code lowEvery}-th task that a puller hands out
   * is taken from a priority below the highest: from 0, 1, 2 and so on in turn, or in the usual
   * order if that priority has no task. So each of them gets one task in {@code lowEvery × (levels
   * - 1)}.
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
   * of them, it returns the highest ones and gives the others back immediately, which costs each an
   * attempt: {@link #maxDeliveries} should leave room for some. This never happens to a pull for at
   * least as many tasks as there are priorities.
   *
   * <p>The number of priorities can be raised (on NATS by an administrator with the drift policy
   * {@code UPDATE}) and not lowered, because tasks would be left behind. A client with another
   * number gets a {@link ConfigDriftException}.
   *
   * @param levels from 1 to {@link Limits#MAX_PRIORITIES}
   * @param lowEvery from 2 to {@link Limits#MAX_PULL}, or 0 for never; 0 if there is one level
   * @return the copy
   * @throws InvalidInputException if a value is out of its range
   */
  public QueueConfig withPriorities(int levels, int lowEvery) {
    return new QueueConfig(
        lease,
        dedupWindow,
        maxDeliveries,
        maxOutstanding,
        maxTasks,
        maxPayloadBytes,
        levels,
        lowEvery);
  }
}
