// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.IOException;

/**
 * A way to empty partitions: the interface of the rivals of the pull benchmarks. Used by one
 * thread.
 */
interface PullLoop extends AutoCloseable {

  /**
   * Prepares the drain, off the clock, without leasing a task, because the streams are being
   * filled.
   */
  default void beforeDrain() throws Exception {}

  /**
   * Pulls and settles tasks, all of which are stored already, until there is no more work. If the
   * rival {@link PullRival#confirms} its acks, returns once the server has confirmed the last one.
   *
   * <p>Opens everything that could fetch tasks ahead here, on the clock; if it were opened before,
   * it would fetch some before the clock starts.
   *
   * @return the number of pulls that returned nothing
   */
  long drain(Work work) throws Exception;

  /** Releases what {@link #drain} opened; off the clock. */
  default void afterDrain() throws Exception {}

  @Override
  void close() throws IOException;
}
