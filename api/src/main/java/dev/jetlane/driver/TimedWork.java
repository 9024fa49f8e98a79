// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

/**
 * Work of the client that is due at times of a {@link DriverClock}, such as extending leases. The
 * clock of the machine runs it slightly late; a clock that a test moves runs it at its exact time,
 * among the events of the queue.
 */
public interface TimedWork {

  /**
   * Returns when work is due next.
   *
   * @return the time; {@link DriverClock#NEVER} if there is no work
   */
  long nextNanos();

  /**
   * Does all work that is due. Does not block, and may start exchanges with the queue.
   *
   * @param nowNanos the current time
   */
  void runDue(long nowNanos);
}
