package dev.jetlane.inmemory.model;

/**
 * Decides which faults happen inside a server, at the moment of each. Called under the lock of the
 * server's time.
 */
public interface Mishaps {

  /** Whether a partition refuses a new task. */
  boolean refusesToStore(String partition);

  /**
   * How late a delivery arrives: that much of its lease is gone.
   *
   * @param leaseNanos the whole lease
   */
  long nanosOnTheWay(long leaseNanos);

  /** Whether the delivery that was just made is made once more. */
  boolean deliversTwice();
}
