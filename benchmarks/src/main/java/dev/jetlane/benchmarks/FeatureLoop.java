// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

/** A feature of a queue; preparation and cleanup are off the clock. Used by one thread. */
interface FeatureLoop extends AutoCloseable {

  /** Prepares the tasks for {@link #run}; off the clock. */
  void prepare(int tasks) throws Exception;

  /**
   * Uses the feature with this number of tasks, and returns when the server has confirmed all of
   * them.
   */
  void run(int tasks) throws Exception;

  /**
   * Checks that the feature was used with each task, and removes the remaining ones; off the clock.
   *
   * @throws IllegalStateException if there are more or fewer than there should be
   */
  void check(int tasks) throws Exception;

  @Override
  void close() throws Exception;
}
