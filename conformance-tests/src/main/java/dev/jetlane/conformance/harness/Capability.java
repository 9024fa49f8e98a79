package dev.jetlane.conformance.harness;

/**
 * What a queue may lack and still be held to the rest of the rules. A rule whose capability is not
 * declared is reported as skipped, with the capability's name.
 */
public enum Capability {
  /** {@code deadLetter}, {@code maxDeliveries} and the dead letters of a partition. */
  DEAD_LETTERS,
  /** {@code Partition.pushAtomically}. */
  ATOMIC_PUSH,
  /** A task id is remembered for the dedup window. */
  DEDUP,
  /** {@code maxTasks}: a full partition refuses pushes. */
  CAPACITY,
  /** {@code maxOutstanding}: too many unsettled tasks hold back new ones. */
  OUTSTANDING_LIMIT,
  /** {@code Task.withDelay} and {@code Partition.cancel}. */
  DELAY,
  /** {@code Task.withDeadline}: {@code Lease.deadline}. */
  DEADLINES,
  /** {@code Task.withPriority} and {@code QueueConfig.withPriorities}. */
  PRIORITIES,
  /** {@code Partition.oldestAge}. */
  OLDEST_AGE,
  /** {@code PullOptions.prefetch}: tasks are leased ahead of the pulls. */
  PREFETCH,
  /** Of tasks that are due at the very same instant the one that was pushed earlier comes first. */
  ORDERED_TIES,
  /**
   * A lease may expire while a pull is in flight: the task is delivered again, one attempt higher,
   * and the pull is answered.
   */
  EXPIRY_DURING_PULLS,
  /** Settings that differ from those of an existing partition are refused. */
  DRIFT_DETECTION,
  /** {@code TaskQueue.admin}: looking, finding, removing, purging, deleting. */
  ADMIN,
  /** {@code PartitionAdmin.pause}. */
  PAUSE,
  /** {@code QueueListener}: needs {@code Harness.open(config, listeners)}. */
  LISTENERS,
  /** Lost requests and confirmations, cut connections: needs {@code Harness.faults}. */
  FAULTS,
  /** Faults hit some clients and leave others alone: needs {@code Harness.openApart}. */
  FAULTS_APART,
  /**
   * Every answer can be delayed: needs {@code FaultHands.delayAnswers} and {@code
   * Harness.requestTimeout}.
   */
  SLOW_ANSWERS,
  /** The move of a delayed task that is due is a request of a client, and can be lost. */
  FAULTS_OF_MOVES,
  /** The server that answers pulls can be replaced by another one. */
  LEADER_CHANGES
}
