// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import dev.jetlane.Partition;

/** Publishes the backlog of partitions as meters. */
@FunctionalInterface
interface WatchedPartitions {

  /** Publishes a partition; a second call for the same one does nothing. */
  void watch(Partition partition);
}
