package dev.jetlane.benchmarks;

/** One way to wait for tasks that come one by one, and to settle each. */
interface Waiter extends AutoCloseable {

  /** Reports every task, on any thread, until {@link #close}; may return immediately or not. */
  void run(Arrivals arrivals) throws Exception;

  /** Ends a {@link #run} that is still running, by whatever exception. */
  @Override
  void close() throws Exception;
}
