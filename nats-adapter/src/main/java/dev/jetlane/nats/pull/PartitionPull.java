// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.PullDriver;

/** Pulls tasks of one partition. */
public interface PartitionPull extends PullDriver, AutoCloseable {

  /**
   * Checks that there is a consumer which this client may use, without leasing a task.
   *
   * @throws QueueUnavailableException if there is no consumer, or no answer
   */
  void connect(long deadlineNanos);

  /** Closes this without a deadline. */
  @Override
  default void close() {
    close(Long.MAX_VALUE);
  }
}
