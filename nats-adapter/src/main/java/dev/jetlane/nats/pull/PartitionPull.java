package dev.jetlane.nats.pull;

import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.PullDriver;

/** The pull of one partition. */
public interface PartitionPull extends PullDriver, AutoCloseable {

  /**
   * Asks whether there is what this client may pull from, without leasing anything.
   *
   * @throws QueueUnavailableException if there is nothing, or no answer
   */
  void connect(long deadlineNanos);

  /** Closes it without a deadline. */
  @Override
  default void close() {
    close(Long.MAX_VALUE);
  }
}
