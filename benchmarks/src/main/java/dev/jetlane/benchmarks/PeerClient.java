package dev.jetlane.benchmarks;

/**
 * What a user writes to push tasks to a queue and to handle them, with what that queue offers. Used
 * by one thread.
 */
interface PeerClient extends AutoCloseable {

  /** Pushes that many tasks. Returns once all are confirmed. */
  void push(int tasks) throws Exception;

  /**
   * Handles that many tasks, all of which are there already, with {@link PeerRival#HANDLERS}
   * handlers that do nothing and acknowledge each task. What delivers to them is opened in here.
   * Returns once all acknowledgements are at the server.
   */
  void handle(int tasks) throws Exception;

  /** How many tasks the queue holds now, by its own account. */
  long left() throws Exception;

  /** Removes all tasks. */
  void purge() throws Exception;

  @Override
  void close() throws Exception;
}
