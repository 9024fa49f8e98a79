package dev.jetlane.conformance.harness;

/**
 * What a queue may lack and still be held to the rest of the rules. A rule whose capability is not
 * declared is reported as skipped, with the capability's name.
 */
public enum Capability {
  /** {@code deadLetter}, {@code maxDeliveries} and the dead letters of a partition. */
  DEAD_LETTERS,
  /** A task id is remembered for the dedup window. */
  DEDUP,
  /** {@code maxTasks}: a full partition refuses pushes. */
  CAPACITY,
  /** {@code maxOutstanding}: too many unsettled tasks hold back new ones. */
  OUTSTANDING_LIMIT,
  /** {@code Task.withDelay} and {@code Partition.cancel}. */
  DELAY,
  /** {@code Task.withPriority} and {@code QueueConfig.withPriorities}. */
  PRIORITIES,
  /** {@code Partition.oldestAge}. */
  OLDEST_AGE,
  /** {@code PullOptions.prefetch}: tasks are leased ahead of the pulls. */
  PREFETCH,
  /** Of tasks that are due at the very same instant the one that was pushed earlier comes first. */
  ORDERED_TIES,
  /** Settings that differ from those of an existing partition are refused. */
  DRIFT_DETECTION,
  /** {@code QueueListener}: needs {@code Harness.open(config, listeners)}. */
  LISTENERS
}
