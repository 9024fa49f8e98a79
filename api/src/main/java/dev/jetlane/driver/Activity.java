// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

/** A component that works without calls of the user, such as a worker. */
public interface Activity {

  /**
   * Returns whether it is idle, and stays idle until a pull completes, the clock moves, or a thread
   * calls it. May take its own lock; the caller may hold a lock of the driver.
   *
   * @return whether it is idle
   */
  boolean isAtRest();

  /**
   * Returns the number of its tasks that run, or wait for others to run with.
   *
   * @return the number
   */
  default int running() {
    return 0;
  }

  /**
   * Returns how many of its tasks wait for others before their handler starts.
   *
   * @return the number; they are included in {@link #running}
   */
  default int waiting() {
    return 0;
  }

  /**
   * Ends it like a crash of its process: it no longer starts, settles, gives back or reports
   * anything.
   */
  default void abandon() {}
}
