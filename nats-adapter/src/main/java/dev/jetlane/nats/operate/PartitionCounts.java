// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.operate;

import dev.jetlane.PartitionSummary;
import dev.jetlane.Stats;
import dev.jetlane.nats.layout.PartitionAddress;
import io.nats.client.api.ConsumerInfo;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Adds up the counts of consumers and streams for one partition. */
final class PartitionCounts {

  private final String name;
  private long stored;
  private long outstanding;
  private long redelivered;
  private long delayed;
  private long dead;
  private long waiting;
  private @Nullable Duration pausedFor;
  private int priorities = 1;

  PartitionCounts(String name) {
    this.name = name;
  }

  void add(PartitionAddress address, ConsumerInfo info) {
    priorities = Math.max(priorities, address.priority + 1);
    outstanding += info.getNumAckPending();
    redelivered += info.getRedelivered();
    // A waiting pull has a request at each priority.
    waiting = Math.max(waiting, info.getNumWaiting());
    if (info.getPaused()) {
      pausedFor = info.getPauseRemaining();
    }
  }

  void addStored(long tasks) {
    stored += tasks;
  }

  void addDelayed(long tasks) {
    delayed += tasks;
  }

  void addDead(long letters) {
    dead += letters;
  }

  /** Returns the number of priorities. */
  int priorities() {
    return priorities;
  }

  /** Returns the summary. Stored tasks that are not outstanding are ready. */
  PartitionSummary summary() {
    Stats stats =
        new Stats(Math.max(0, stored - outstanding), outstanding, redelivered, delayed, dead);
    return new PartitionSummary(name, stats, waiting, Optional.ofNullable(pausedFor));
  }
}
