package dev.jetlane.benchmarks;

import java.io.IOException;

/**
 * One way to empty a partition: what the rivals of the pull benchmarks have in common. Used by one
 * thread.
 */
interface PullLoop extends AutoCloseable {

  /**
   * Pulls and settles that many tasks, all of which are stored already. Returns once the server has
   * confirmed the last settlement.
   *
   * <p>The subscription or puller is opened in here, on the clock: one that had been opened before
   * could have fetched tasks before the clock started.
   */
  void drain(int tasks, EmptyPulls emptyPulls) throws Exception;

  /** Releases what {@link #drain} opened; off the clock. */
  default void afterDrain() throws Exception {}

  @Override
  void close() throws IOException;
}
