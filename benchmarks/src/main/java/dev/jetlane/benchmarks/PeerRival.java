// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.List;
import java.util.Map;

/** The queue and its alternatives. */
public enum PeerRival {
  /** {@code pushAsync}, and a worker with 8 handlers. Written to the disk, not flushed per task. */
  JETLANE("jetlane pushAsync, worker"),
  /** A quorum queue, which flushes its log before it confirms. */
  RABBITMQ("RabbitMQ quorum queue"),
  /** A stream, whose append-only file is flushed once a second. */
  REDIS("Redis stream"),
  /** A table; each commit is flushed. */
  POSTGRESQL("PostgreSQL, SKIP LOCKED");

  private final String label;

  PeerRival(String label) {
    this.label = label;
  }

  Entry entry() {
    return new Entry(name(), label, label, Map.of("rival", name()));
  }

  String label() {
    return label;
  }

  /** Returns the queues that have servers of their own. */
  static List<PeerRival> others() {
    return List.of(RABBITMQ, REDIS, POSTGRESQL);
  }
}
