// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

/**
 * Receives the events that only a driver knows, and passes them to the listeners of the user.
 * Thread-safe; never throws. Must not be called with a lock held.
 */
public interface DriverEvents {

  /**
   * Reports {@link dev.jetlane.QueueListener#exhausted}.
   *
   * @param partition the name of the partition
   * @param taskId the id of the task
   */
  void exhausted(String partition, String taskId);

  /**
   * Reports {@link dev.jetlane.QueueListener#warned}.
   *
   * @param text the warning, without secrets
   */
  void warned(String text);

  /** Reports {@link dev.jetlane.QueueListener#connectionLost}. */
  void connectionLost();

  /** Reports {@link dev.jetlane.QueueListener#connectionRestored}. */
  void connectionRestored();

  /**
   * Returns a receiver that reports to no listener.
   *
   * @return the receiver
   */
  static DriverEvents none() {
    return new DriverEvents() {
      @Override
      public void exhausted(String partition, String taskId) {}

      @Override
      public void warned(String text) {}

      @Override
      public void connectionLost() {}

      @Override
      public void connectionRestored() {}
    };
  }
}
