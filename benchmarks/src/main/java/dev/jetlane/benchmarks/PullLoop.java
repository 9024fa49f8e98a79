package dev.jetlane.benchmarks;

import java.io.IOException;

/**
 * One way to empty partitions: what the rivals of the pull benchmarks have in common. Used by one
 * thread.
 */
interface PullLoop extends AutoCloseable {

  /** Gets ready, off the clock, without leasing a task: the streams are being filled. */
  default void beforeDrain() throws Exception {}

  /**
   * Pulls and settles tasks, all of which are stored already, until there is no more work. If the
   * rival {@link PullRival#confirms} its acks, returns once the server has confirmed the last one.
   *
   * <p>What could fetch tasks ahead is opened in here, on the clock: opened before, it would have
   * fetched some before the clock started.
   *
   * @return how many pulls returned nothing
   */
  long drain(Work work) throws Exception;

  /** Releases what {@link #drain} opened; off the clock. */
  default void afterDrain() throws Exception {}

  @Override
  void close() throws IOException;
}
