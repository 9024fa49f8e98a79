// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.Health;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueUnavailableException;
import java.time.Duration;

/** One client's connection to a queue. Everything that is stored outlives it. */
public interface QueueDriver {

  /**
   * Returns the clock of this driver's deadlines.
   *
   * @return the same object at each call
   */
  DriverClock clock();

  /**
   * Returns the default time limit of a call.
   *
   * @return the time limit
   */
  Duration requestTimeout();

  /**
   * Opens a partition, and creates it if it is missing. Idempotent, and safe when many clients do
   * it concurrently; the client keeps the first object that it got for a name. A partition whose
   * parts are deleted while it is open is created again, after at most a few calls that failed with
   * {@link QueueUnavailableException}.
   *
   * @param name the name of the partition
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return the partition
   * @throws ConfigDriftException if the partition exists with other settings
   * @throws PermissionDeniedException if this client may not use or create it
   * @throws QueueUnavailableException if the queue cannot be reached
   */
  PartitionDriver openPartition(String name, long deadlineNanos);

  /**
   * Returns the health of the connection and of the opened partitions. Never throws.
   *
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return the health
   */
  Health health(long deadlineNanos);

  /**
   * Releases the connection and all threads, after the calls in flight have ended or the deadline
   * has passed. Called once; the client has closed every {@link PullDriver} before. Leases that
   * were handed out continue. An interrupt ends the wait early, and the interrupt flag stays set.
   *
   * @param deadlineNanos the deadline, on the clock of the driver
   */
  void close(long deadlineNanos);
}
