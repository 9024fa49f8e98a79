// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

/**
 * The code with which a user pushes and handles tasks of a queue, with the features of that queue.
 * Used by one thread.
 */
interface PeerClient extends AutoCloseable {

  int HANDLERS = 8;

  /** Pushes this number of tasks. Returns when all are confirmed. */
  void push(int tasks) throws Exception;

  /**
   * Handles this number of tasks, which are all stored already, with {@link #HANDLERS} handlers
   * that do nothing and acknowledge each task. Opens the consumer on the clock. Returns when the
   * server has all acknowledgements.
   */
  void handle(int tasks) throws Exception;

  /** Returns the number of tasks in the queue, as the queue reports it. */
  long left() throws Exception;

  /** Removes all tasks. */
  void purge() throws Exception;

  @Override
  void close() throws Exception;
}
