// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueue;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Connects, and tries again while no server can be reached, because applications and servers are
 * often started together. A permanent failure, such as a wrong password, ends it.
 */
final class PatientConnect {

  private static final System.Logger LOG = System.getLogger(PatientConnect.class.getName());
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 2_000;

  private PatientConnect() {}

  /**
   * Connects within this time.
   *
   * @throws QueueUnavailableException the last failure, when the time is over or the thread is
   *     interrupted, whose interrupt stays set
   */
  static TaskQueue within(Duration patience, Supplier<TaskQueue> connect) {
    long endNanos = System.nanoTime() + patience.toNanos();
    long pauseMillis = FIRST_PAUSE_MILLIS;
    while (true) {
      try {
        return connect.get();
      } catch (QueueUnavailableException e) {
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
        if (leftMillis <= 0) {
          throw e;
        }
        LOG.log(
            Level.WARNING,
            () -> e.getMessage() + "; retrying for another " + leftMillis / 1_000 + " s");
        pause(Math.min(pauseMillis, leftMillis), e);
        pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
      }
    }
  }

  private static void pause(long millis, QueueUnavailableException failure) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure;
    }
  }
}
