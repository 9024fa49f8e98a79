// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plan;

import dev.jetlane.QueueConfig;
import dev.jetlane.conformance.harness.Capability;
import java.time.Duration;
import java.util.Set;

/**
 * The queue of a plan: its settings in ticks, and the numbers of partitions, pullers and clients.
 */
public record Settings(
    int leaseTicks,
    int dedupTicks,
    int maxDeliveries,
    int maxOutstanding,
    int maxTasks,
    int priorities,
    int lowEvery,
    int partitions,
    int pullers,
    int clients,
    int streams) {

  public static final int MANY = 10_000;

  /** A lease of ten ticks, and no other limit that could affect a plan. */
  public static final Settings PLAIN =
      new Settings(10, 200, QueueConfig.UNLIMITED, MANY, QueueConfig.UNLIMITED, 1, 1, 1);

  /** Leases that last longer than each rule, also on a busy machine. */
  public static final Settings UNHURRIED = PLAIN.withLeaseTicks(1_000);

  /** Returns the name of a partition. */
  public static String partitionName(int partition) {
    return "p" + partition;
  }

  /** Without priorities, on one stream. */
  public Settings(
      int leaseTicks,
      int dedupTicks,
      int maxDeliveries,
      int maxOutstanding,
      int maxTasks,
      int partitions,
      int pullers,
      int clients) {
    this(
        leaseTicks,
        dedupTicks,
        maxDeliveries,
        maxOutstanding,
        maxTasks,
        1,
        0,
        partitions,
        pullers,
        clients,
        1);
  }

  public Settings withLeaseTicks(int ticks) {
    return new Settings(
        ticks,
        dedupTicks,
        maxDeliveries,
        maxOutstanding,
        maxTasks,
        priorities,
        lowEvery,
        partitions,
        pullers,
        clients,
        streams);
  }

  public Settings withDedupTicks(int ticks) {
    return new Settings(
        leaseTicks,
        ticks,
        maxDeliveries,
        maxOutstanding,
        maxTasks,
        priorities,
        lowEvery,
        partitions,
        pullers,
        clients,
        streams);
  }

  public Settings withMaxDeliveries(int count) {
    return new Settings(
        leaseTicks,
        dedupTicks,
        count,
        maxOutstanding,
        maxTasks,
        priorities,
        lowEvery,
        partitions,
        pullers,
        clients,
        streams);
  }

  public Settings withMaxOutstanding(int count) {
    return new Settings(
        leaseTicks,
        dedupTicks,
        maxDeliveries,
        count,
        maxTasks,
        priorities,
        lowEvery,
        partitions,
        pullers,
        clients,
        streams);
  }

  public Settings withMaxTasks(int count) {
    return new Settings(
        leaseTicks,
        dedupTicks,
        maxDeliveries,
        maxOutstanding,
        count,
        priorities,
        lowEvery,
        partitions,
        pullers,
        clients,
        streams);
  }

  /**
   * Returns these settings with priorities. Every n-th task comes from a lower priority; 0 for
   * never.
   */
  public Settings withPriorities(int levels, int every) {
    return new Settings(
        leaseTicks,
        dedupTicks,
        maxDeliveries,
        maxOutstanding,
        maxTasks,
        levels,
        every,
        partitions,
        pullers,
        clients,
        streams);
  }

  /**
   * Returns these settings with other numbers. Puller {@code k} of a partition belongs to client
   * {@code k % clients}.
   */
  public Settings with(int partitionCount, int pullerCount, int clientCount) {
    return new Settings(
        leaseTicks,
        dedupTicks,
        maxDeliveries,
        maxOutstanding,
        maxTasks,
        priorities,
        lowEvery,
        partitionCount,
        pullerCount,
        clientCount,
        streams);
  }

  /** Returns these settings with the partitions spread over several streams. */
  public Settings withStreams(int count) {
    return new Settings(
        leaseTicks,
        dedupTicks,
        maxDeliveries,
        maxOutstanding,
        maxTasks,
        priorities,
        lowEvery,
        partitions,
        pullers,
        clients,
        count);
  }

  /** Returns these settings. A setting whose capability is missing is left out. */
  Settings within(Set<Capability> capabilities) {
    Settings possible = this;
    if (!capabilities.contains(Capability.DEAD_LETTERS)) {
      possible = possible.withMaxDeliveries(QueueConfig.UNLIMITED);
    }
    if (!capabilities.contains(Capability.OUTSTANDING_LIMIT)) {
      possible = possible.withMaxOutstanding(MANY);
    }
    if (!capabilities.contains(Capability.CAPACITY)) {
      possible = possible.withMaxTasks(QueueConfig.UNLIMITED);
    }
    if (!capabilities.contains(Capability.PRIORITIES)) {
      possible = possible.withPriorities(1, 0);
    }
    return capabilities.contains(Capability.STREAMS) ? possible : possible.withStreams(1);
  }

  public QueueConfig config(Duration tick) {
    QueueConfig config =
        QueueConfig.defaults()
            .withLease(tick.multipliedBy(leaseTicks))
            .withDedupWindow(tick.multipliedBy(dedupTicks))
            .withMaxDeliveries(maxDeliveries)
            .withMaxOutstanding(maxOutstanding)
            .withMaxTasks(maxTasks)
            .withPriorities(priorities);
    return lowEvery == 0 ? config : config.withLowEvery(lowEvery);
  }

  @Override
  public String toString() {
    return "lease "
        + leaseTicks
        + " ticks, dedup "
        + dedupTicks
        + " ticks"
        + limit(", maxDeliveries ", maxDeliveries)
        + limit(", maxOutstanding ", maxOutstanding)
        + limit(", maxTasks ", maxTasks)
        + (priorities == 1 ? "" : ", " + priorities + " priorities")
        + (lowEvery == 0 ? "" : ", lowEvery " + lowEvery)
        + ", "
        + partitions
        + " partitions x "
        + pullers
        + " pullers, "
        + clients
        + " clients"
        + (streams == 1 ? "" : ", " + streams + " streams");
  }

  private static String limit(String name, int value) {
    return value >= MANY ? "" : name + value;
  }
}
