// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.IOException;

/**
 * A way to fill a partition: the interface of the rivals of the push benchmarks. Used by one
 * thread.
 */
interface PushLoop extends AutoCloseable {

  /**
   * Pushes this number of tasks with new ids. Returns when the server has confirmed all of them.
   */
  void push(int tasks) throws Exception;

  @Override
  void close() throws IOException;
}
