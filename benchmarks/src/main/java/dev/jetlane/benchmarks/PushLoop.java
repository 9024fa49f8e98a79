package dev.jetlane.benchmarks;

import java.io.IOException;

/**
 * One way to fill a partition: what the rivals of the push benchmarks have in common. Used by one
 * thread.
 */
interface PushLoop extends AutoCloseable {

  /**
   * Pushes that many tasks with ids that were never used before. Returns once the server has
   * confirmed all.
   */
  void push(int tasks) throws Exception;

  @Override
  void close() throws IOException;
}
