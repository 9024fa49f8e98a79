// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

/**
 * The number of tasks of a partition at one moment. Every stored task is counted in exactly one of
 * {@code ready}, {@code outstanding}, {@code delayed} and {@code dead}.
 *
 * @param ready tasks that were never delivered and are due. A server that was killed may restore
 *     settled tasks to its stream without delivering them: they are counted here and against {@link
 *     QueueConfig#maxTasks()} (observed on nats-server 2.15.1, after a hundred kills)
 * @param outstanding tasks that were delivered and are neither acked nor dead-lettered: under a
 *     lease, given back, under a delayed nak, or with an expired lease
 * @param redelivered how many of the outstanding tasks have been delivered more than once
 * @param delayed tasks that were pushed with a delay and are not due, or that wait for room in a
 *     full partition
 * @param dead tasks in the {@link DeadLetters}
 */
public record Stats(long ready, long outstanding, long redelivered, long delayed, long dead) {

  /**
   * Counts without redelivered and delayed tasks.
   *
   * @param ready ready tasks
   * @param outstanding outstanding tasks
   * @param dead dead letters
   */
  public Stats(long ready, long outstanding, long dead) {
    this(ready, outstanding, 0, 0, dead);
  }

  /**
   * Returns the number of unfinished tasks: {@code ready + outstanding}.
   *
   * @return the backlog, without delayed tasks
   */
  public long backlog() {
    return ready + outstanding;
  }
}
