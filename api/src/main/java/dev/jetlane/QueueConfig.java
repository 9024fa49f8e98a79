package dev.jetlane;

import java.time.Duration;

/**
 * The settings of a queue that its tasks obey, the same for every client of it. Immutable.
 *
 * @param lease how long a delivery is its holder's, from {@link Limits#MIN_LEASE} to {@link
 *     Limits#MAX_LEASE}
 * @param dedupWindow for how long a task id is remembered after its push was accepted, from {@link
 *     Limits#MIN_WINDOW} to {@link Limits#MAX_WINDOW}
 * @param maxDeliveries how often a task is delivered before it becomes a dead letter; at least 1,
 *     {@link #UNLIMITED} for never
 * @param maxOutstanding how many delivered and unsettled tasks a partition may have before it hands
 *     out nothing new, from 1 to {@link Limits#MAX_OUTSTANDING}. Plan for all workers together:
 *     pullers × (prefetch + what they work on), and room for delayed tasks, which count.
 * @param maxTasks how many tasks a partition holds before it refuses pushes; at least 1, {@link
 *     #UNLIMITED} for no limit. Settled tasks do not count, outstanding ones do. Delayed ones count
 *     against pushes with a delay; clients that push with a delay at the same moment may exceed it
 *     by as many tasks. A delayed task that becomes due while the partition is full waits for room.
 * @param maxPayloadBytes the largest payload, from 0
 * @param priorities how many priorities tasks may have, from 1, the default, to {@link
 *     Limits#MAX_PRIORITIES}: see {@link #withPriorities(int, int)}
 * @param lowEvery how often a lower priority comes first: every so many tasks, from 2 to {@link
 *     Limits#MAX_PULL}; 0, the default, for never
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
   * A lease of 120 s and a dedup window of 2 min, 20 deliveries, 10,000 tasks outstanding, no limit
   * on the number of tasks, payloads of up to 1,000,000 bytes: what fits nats-server's defaults.
   */
  public static QueueConfig defaults() {
    return DEFAULTS;
  }

  /** These settings with another {@link #lease}. */
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

  /** These settings with another {@link #dedupWindow}. */
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

  /** These settings with another {@link #maxDeliveries}. */
  public QueueConfig withMaxDeliveries(int value) {
    return new QueueConfig(
        lease, dedupWindow, value, maxOutstanding, maxTasks, maxPayloadBytes, priorities, lowEvery);
  }

  /** These settings with another {@link #maxOutstanding}. */
  public QueueConfig withMaxOutstanding(int value) {
    return new QueueConfig(
        lease, dedupWindow, maxDeliveries, value, maxTasks, maxPayloadBytes, priorities, lowEvery);
  }

  /** These settings with another {@link #maxTasks}. */
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

  /** These settings with another {@link #maxPayloadBytes}. */
  public QueueConfig withMaxPayloadBytes(int value) {
    return new QueueConfig(
        lease, dedupWindow, maxDeliveries, maxOutstanding, maxTasks, value, priorities, lowEvery);
  }

  /** {@link #withPriorities(int, int)} without a share for the lower ones: they may starve. */
  public QueueConfig withPriorities(int levels) {
    return withPriorities(levels, 0);
  }

  /**
   * These settings with tasks of priorities from 0 to {@code levels - 1}, the highest one first.
   *
   * <p><b>Order.</b> Each priority is a queue of its own with the order of {@link Puller#pull}, and
   * a pull takes from the highest one that has a task, redeliveries included. A priority that has
   * none costs no waiting: who waits, waits for all of them at once. What a server does not show
   * yet, some milliseconds after its push, comes after what it shows.
   *
   * <p><b>The share of the lower ones.</b> Of the tasks that a puller hands out, every {@code
   * lowEvery}-th is taken from a priority below the highest: from 0, 1, 2 and so on in turn, or in
   * the usual order if the one whose turn it is has no task. So each of them gets one task in
   * {@code lowEvery × (levels - 1)}.
   *
   * <p><b>Limits.</b> {@link #maxOutstanding} and {@link #maxTasks} are limits of each priority: a
   * backlog of one holds no other one back. Delayed tasks of all priorities count against a push
   * with a delay. On a server a priority that has tasks and all its {@link #maxOutstanding} costs a
   * pull up to a quarter of a second, because the server answers nothing then.
   *
   * <p><b>Leasing ahead</b> would give a task of low priority to a puller before one of high
   * priority arrives, so {@link PullOptions#prefetch} is not used. A worker that pulls ahead does
   * it knowingly: {@link WorkerOptions#prefetch}.
   *
   * <p><b>Giving back.</b> A pull that finds nothing on a server waits with a request per priority,
   * for one task each. If tasks of several priorities come at the same moment and it has no room
   * for all of them, it returns the highest ones and gives the others back at once, which costs
   * each of them an attempt: {@link #maxDeliveries} should leave room for some. A pull that finds
   * something, and one for at least as many tasks as there are priorities, never does.
   *
   * <p>The number of priorities can be raised (on NATS by an administrator with the drift policy
   * {@code UPDATE}), not lowered: tasks would be left behind. A client with another number is
   * refused with {@link ConfigDriftException}.
   *
   * @param levels from 1 to {@link Limits#MAX_PRIORITIES}
   * @param lowEvery from 2 to {@link Limits#MAX_PULL}, or 0 for never; 0 if there is one level
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
