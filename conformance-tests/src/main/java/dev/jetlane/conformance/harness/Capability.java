// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.harness;

/**
 * The optional capabilities of a queue. A rule that needs an undeclared one is reported as skipped,
 * with the name of the capability.
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
  /**
   * {@code maxOutstanding}: a partition with this number of unsettled tasks delivers no new ones.
   */
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
  /** Tasks that are due at the same instant come in the order of their pushes. */
  ORDERED_TIES,
  /**
   * A lease, or the delay of a nak, may end during a pull: the task is delivered again, one attempt
   * higher, and the pull returns.
   */
  EXPIRY_DURING_PULLS,
  /** Settings that differ from those of an existing partition are refused. */
  DRIFT_DETECTION,
  /** {@code TaskQueue.admin}: browsing, finding, removing, purging, deleting. */
  ADMIN,
  /** {@code PartitionAdmin.pause}. */
  PAUSE,
  /** {@code QueueListener}: needs {@code Harness.open(config, listeners)}. */
  LISTENERS,
  /** Lost requests and confirmations, cut connections: needs {@code Harness.faults}. */
  FAULTS,
  /** Clients that faults do not affect: needs {@code Harness.openApart}. */
  FAULTS_APART,
  /**
   * Every answer can be delayed: needs {@code FaultHands.delayAnswers} and {@code
   * Harness.requestTimeout}.
   */
  SLOW_ANSWERS,
  /** A client moves a due delayed task by a request, which can be lost. */
  FAULTS_OF_MOVES,
  /** The partitions can be spread over several streams: needs {@code Harness.spread}. */
  STREAMS,
  /** Another server can take over the pulls. */
  LEADER_CHANGES,
  /** {@link ServerFault#SILENT}: needs {@link FaultHands#begin}, as the next four do. */
  SILENCE,
  /** {@link ServerFault#RESTARTED}. */
  RESTARTS,
  /** {@link ServerFault#CRASHED}: no confirmed ack is forgotten. */
  CRASHES,
  /** {@link ServerFault#LOGIN_REFUSED}. */
  REFUSED_LOGINS,
  /** {@link ServerFault#OUT_OF_SPACE}. */
  FULL_STORAGE
}
