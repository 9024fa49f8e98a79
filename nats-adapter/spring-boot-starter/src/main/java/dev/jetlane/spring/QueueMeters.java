// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import dev.jetlane.Partition;
import dev.jetlane.Worker;

/** Publishes partitions and workers as meters. Absent without Micrometer. */
interface QueueMeters {

  /** Publishes the backlog of a partition; a second call for the same one does nothing. */
  void watch(Partition partition);

  /** Publishes a worker until it ends; a second call for the same one does nothing. */
  void watch(Worker worker);
}
