package dev.jetlane.spring;

import dev.jetlane.Partition;

/** Where the backlog of partitions is made visible. */
@FunctionalInterface
interface WatchedPartitions {

  /** Shows this partition; a second call for the same one does nothing. */
  void watch(Partition partition);
}
