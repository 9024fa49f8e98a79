// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

/** The storage of the stream. */
public enum Storage {
  /** On disk, the default of a queue. */
  FILE,
  /** In the server's memory. */
  MEMORY
}
