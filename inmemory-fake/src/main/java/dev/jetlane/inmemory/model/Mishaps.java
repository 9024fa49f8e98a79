// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

/**
 * Decides which faults happen inside a server, at the moment of each. Called under the lock of the
 * server's time.
 */
public interface Mishaps {

  /** Whether a partition refuses a new task. */
  boolean refusesToStore(String partition);

  /**
   * Returns by how much a delivery arrives late: this part of its lease has passed.
   *
   * @param leaseNanos the whole lease
   */
  long nanosOnTheWay(long leaseNanos);

  /** Whether the latest delivery is made a second time. */
  boolean deliversTwice();
}
