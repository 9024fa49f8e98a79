package dev.jetlane.benchmarks;

/** One thing that a queue can do, with the way there and back off the clock. Used by one thread. */
interface FeatureLoop extends AutoCloseable {

  /** Makes what {@link #run} works on; off the clock. */
  void prepare(int tasks) throws Exception;

  /** Does it with that many tasks, and returns once the server has confirmed all. */
  void run(int tasks) throws Exception;

  /**
   * Checks that it was done with each task, and removes the rest; off the clock.
   *
   * @throws IllegalStateException if there are more or fewer than there should be
   */
  void check(int tasks) throws Exception;

  @Override
  void close() throws Exception;
}
