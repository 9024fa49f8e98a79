package dev.jetlane.spring;

import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Connects, and tries again while the server cannot be reached: applications and servers are often
 * started together. What waiting does not mend, such as a wrong password, fails immediately.
 */
final class PatientConnect {

  private static final Log LOG = LogFactory.getLog(PatientConnect.class);
  private static final long LONGEST_PAUSE_MILLIS = 2_000;

  private PatientConnect() {}

  /**
   * Connects within this time.
   *
   * @throws QueueUnavailableException the last failure, when the time is over
   */
  static TaskQueue within(Duration patience, Supplier<TaskQueue> connect) {
    long deadlineNanos = System.nanoTime() + patience.toNanos();
    for (long pauseMillis = 100; ; pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS)) {
      try {
        return connect.get();
      } catch (QueueUnavailableException e) {
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
        if (leftMillis <= 0 || !pause(Math.min(pauseMillis, leftMillis))) {
          throw e;
        }
        LOG.warn(e.getMessage() + "; trying again for " + leftMillis / 1000 + " s");
      }
    }
  }

  private static boolean pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
