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
 */
public record QueueConfig(
    Duration lease,
    Duration dedupWindow,
    int maxDeliveries,
    int maxOutstanding,
    int maxTasks,
    int maxPayloadBytes) {

  /** No limit, for {@link #maxDeliveries} and {@link #maxTasks}. */
  public static final int UNLIMITED = Integer.MAX_VALUE;

  private static final QueueConfig DEFAULTS =
      new QueueConfig(
          Duration.ofMinutes(2), Duration.ofMinutes(2), 20, 10_000, UNLIMITED, 1_000_000);

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
        value, dedupWindow, maxDeliveries, maxOutstanding, maxTasks, maxPayloadBytes);
  }

  /** These settings with another {@link #dedupWindow}. */
  public QueueConfig withDedupWindow(Duration value) {
    return new QueueConfig(lease, value, maxDeliveries, maxOutstanding, maxTasks, maxPayloadBytes);
  }

  /** These settings with another {@link #maxDeliveries}. */
  public QueueConfig withMaxDeliveries(int value) {
    return new QueueConfig(lease, dedupWindow, value, maxOutstanding, maxTasks, maxPayloadBytes);
  }

  /** These settings with another {@link #maxOutstanding}. */
  public QueueConfig withMaxOutstanding(int value) {
    return new QueueConfig(lease, dedupWindow, maxDeliveries, value, maxTasks, maxPayloadBytes);
  }

  /** These settings with another {@link #maxTasks}. */
  public QueueConfig withMaxTasks(int value) {
    return new QueueConfig(
        lease, dedupWindow, maxDeliveries, maxOutstanding, value, maxPayloadBytes);
  }

  /** These settings with another {@link #maxPayloadBytes}. */
  public QueueConfig withMaxPayloadBytes(int value) {
    return new QueueConfig(lease, dedupWindow, maxDeliveries, maxOutstanding, maxTasks, value);
  }
}
