// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import java.util.concurrent.TimeUnit;

/**
 * Calculates how many tasks a worker leases ahead of its handlers: as many as they use up in two
 * round trips or in ten milliseconds, whichever is longer, by the measured time of a task and of a
 * confirmation. For slow tasks that is none. Not thread-safe.
 *
 * <p>Ten milliseconds, because a pull costs the queue as much as several tasks. A pull for each
 * round trip would bring few tasks, and a few more tasks ahead do not affect other workers.
 *
 * <p>The number grows only with the handled tasks, because a few quick ones do not justify a lease
 * of a thousand. When tasks become slow, a part of the tasks ahead becomes a {@link #surplus}.
 */
final class FetchAhead {

  /** The maximum number of tasks ahead. */
  static final int MOST = 1_000;

  /** The same in a queue with priorities, where a task of a higher priority waits for them. */
  static final int MOST_WITH_PRIORITIES = 300;

  private static final int ROUND_TRIPS = 2;
  private static final long LEAST_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final int AVERAGED = 16;

  /**
   * The number of averaged tasks for {@link #areTasksQuick}: large, so that quick tasks count as
   * quick even if the machine interrupts one of them for milliseconds.
   */
  private static final int AVERAGED_IF_QUICK = 256;

  /** Tasks ahead of less work than this are never a surplus. */
  private static final long SHORT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long QUICK_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  private final int places;

  /** The fixed number of tasks ahead; negative if it follows the handlers. */
  private final int fixed;

  private final int most;
  private long handled;
  private double taskNanos;

  /** As {@link #taskNanos}, but it grows slowly. */
  private double lastingNanos;

  private double roundTripNanos;

  /**
   * @param places the number of tasks that are handled at the same time
   * @param fixed the number of tasks to lease ahead; negative if it follows the handlers
   * @param most the bound in the latter case
   */
  FetchAhead(int places, int fixed, int most) {
    this.places = places;
    this.fixed = fixed;
    this.most = Math.min(most, MOST);
  }

  /** Returns the maximum number of tasks ahead in a queue with this number of priorities. */
  static int most(int priorities) {
    return priorities > 1 ? MOST_WITH_PRIORITIES : MOST;
  }

  /** Records the duration of a handler. */
  void handled(long nanos) {
    handled++;
    taskNanos += ((double) nanos - taskNanos) / Math.min(handled, AVERAGED);
    lastingNanos += ((double) nanos - lastingNanos) / AVERAGED_IF_QUICK;
    lastingNanos = handled < AVERAGED ? taskNanos : Math.min(lastingNanos, taskNanos);
  }

  /** Records the duration of a confirmation. */
  void confirmed(long nanos) {
    roundTripNanos +=
        roundTripNanos == 0 ? (double) nanos : ((double) nanos - roundTripNanos) / AVERAGED;
  }

  /**
   * Returns whether tasks take less time than waking a thread: for such tasks another thread is no
   * gain.
   */
  boolean areTasksQuick() {
    return handled >= AVERAGED && taskNanos > 0 && lastingNanos < QUICK_NANOS;
  }

  /**
   * Returns the number of tasks that should be ahead or requested, besides those at the handlers.
   */
  int target() {
    if (fixed >= 0) {
      return fixed;
    }
    if (roundTripNanos == 0) {
      return 0; // Unknown yet, or zero: tasks ahead would gain nothing.
    }
    double aheadNanos = Math.max(ROUND_TRIPS * roundTripNanos, (double) LEAST_NANOS);
    double used = aheadNanos * places / Math.max(1.0, taskNanos);
    return (int) Math.min(used, (double) Math.min(handled, most));
  }

  /**
   * Returns the number of surplus tasks ahead: those beyond one task for each handler, and beyond a
   * tenth of a second of work.
   *
   * @param silentNanos the time since the last handler ended; a short one may be caused by the
   *     machine
   */
  int surplus(int ahead, long silentNanos) {
    if (fixed >= 0) {
      return 0;
    }
    double silent = silentNanos < SHORT_NANOS ? 0 : (double) silentNanos;
    double slowest = Math.max(1.0, Math.max(taskNanos, silent));
    double kept = places * Math.max(1.0, SHORT_NANOS / slowest);
    int surplus = (int) Math.max(0, ahead - kept);
    if (surplus > 0) {
      handled = Math.min(handled, places);
    }
    return surplus;
  }
}
