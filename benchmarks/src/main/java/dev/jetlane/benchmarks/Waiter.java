// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

/** A way to wait for tasks that come one by one, and to settle each. */
interface Waiter extends AutoCloseable {

  /**
   * Reports every task, on any thread, until {@link #close}. May return immediately or only at the
   * end.
   */
  void run(Arrivals arrivals) throws Exception;

  /** Ends a running {@link #run}, which may then throw any exception. */
  @Override
  void close() throws Exception;
}
