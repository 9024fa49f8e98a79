package dev.jetlane.benchmarks;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The tasks of a drain that no puller has taken on yet, by partition. Pullers of one partition take
 * them on in portions, so that none of them waits for a task that another one got. Thread-safe.
 */
final class Work {

  private final AtomicIntegerArray left;
  private final int share;

  /** As many tasks in each partition, and the rest in the first ones. */
  Work(int tasks, int partitions, int pullers) {
    int sharers = Math.max(1, (pullers + partitions - 1) / partitions);
    share = (tasks / partitions + sharers) / sharers;
    left = new AtomicIntegerArray(partitions);
    for (int partition = 0; partition < partitions; partition++) {
      left.set(partition, tasks / partitions + (partition < tasks % partitions ? 1 : 0));
    }
  }

  /** Takes on up to {@code max} tasks, and returns how many; zero once there are none left. */
  int take(Place place, int max) {
    int before = left.getAndUpdate(place.index(), count -> count - Math.min(count, max));
    return Math.min(before, max);
  }

  /** Takes on an equal share of a partition: all of it, for who has it alone. */
  int takeShare(Place place) {
    return take(place, share);
  }
}
