// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The tasks of a drain that no puller has claimed yet, by partition. Pullers of one partition claim
 * them in portions, so that no puller waits for a task that another one got. Thread-safe.
 */
final class Work {

  private final AtomicIntegerArray left;
  private final int share;

  /** Distributes the tasks equally over the partitions, the remainder over the first ones. */
  Work(int tasks, int partitions, int pullers) {
    int sharers = Math.max(1, (pullers + partitions - 1) / partitions);
    share = (tasks / partitions + sharers) / sharers;
    left = new AtomicIntegerArray(partitions);
    for (int partition = 0; partition < partitions; partition++) {
      left.set(partition, tasks / partitions + (partition < tasks % partitions ? 1 : 0));
    }
  }

  /** Claims up to {@code max} tasks, and returns their number; zero if none is left. */
  int take(Place place, int max) {
    int before = left.getAndUpdate(place.index(), count -> count - Math.min(count, max));
    return Math.min(before, max);
  }

  /** Claims an equal share of a partition: all of it if the partition has one puller. */
  int takeShare(Place place) {
    return take(place, share);
  }
}
