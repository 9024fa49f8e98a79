// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.TaskQueueException;

/** Records the results of pulls, as pulls do. */
public final class PullResults {

  private PullResults() {}

  /**
   * Records a successful pull.
   *
   * @param status the state of its partition
   */
  public static void pulled(PartitionStatus status) {
    status.pulled();
  }

  /**
   * Records a failed pull.
   *
   * @param status the state of its partition
   * @param error its error
   * @param epoch the epoch of its connection
   */
  public static void failed(PartitionStatus status, TaskQueueException error, int epoch) {
    status.failed(error, epoch);
  }
}
