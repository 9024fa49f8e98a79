package dev.jetlane.client.worker;

import java.util.concurrent.TimeUnit;

/**
 * How many tasks a worker leases ahead of its handlers: what they use up in two round trips or in
 * ten milliseconds, whichever is longer, by the measured time of a task and of a confirmation. With
 * slow tasks that is none. Not thread-safe.
 *
 * <p>Ten milliseconds, because a pull costs the queue as much as several tasks: one for each round
 * trip would bring few tasks, and one that has more of them is no loss to other workers.
 *
 * <p>It grows only with the tasks that were handled: a few quick ones are no reason to lease a
 * thousand. When tasks become slow, what is ahead becomes a {@link #surplus}.
 */
final class FetchAhead {

  /** The most tasks ahead. */
  static final int MOST = 1_000;

  private static final int ROUND_TRIPS = 2;
  private static final long LEAST_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final int AVERAGED = 16;

  /** Quick tasks that the machine interrupts for some milliseconds now and then are still quick. */
  private static final int AVERAGED_IF_QUICK = 256;

  /** Less work than this is never a surplus. */
  private static final long SHORT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long QUICK_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  private final int places;

  /** A number that does not change; negative for one that follows the handlers. */
  private final int fixed;

  private final int most;
  private long handled;
  private double taskNanos;

  /** As {@link #taskNanos}, but it grows slowly. */
  private double lastingNanos;

  private double roundTripNanos;

  /**
   * @param places how many tasks are handled at a time
   * @param fixed how many tasks to lease ahead; negative for as many as the handlers use up
   * @param most the bound in the latter case
   */
  FetchAhead(int places, int fixed, int most) {
    this.places = places;
    this.fixed = fixed;
    this.most = Math.min(most, MOST);
  }

  /** A handler ended. */
  void handled(long nanos) {
    handled++;
    taskNanos += ((double) nanos - taskNanos) / Math.min(handled, AVERAGED);
    lastingNanos += ((double) nanos - lastingNanos) / AVERAGED_IF_QUICK;
    lastingNanos = handled < AVERAGED ? taskNanos : Math.min(lastingNanos, taskNanos);
  }

  /** The queue confirmed an ack. */
  void confirmed(long nanos) {
    roundTripNanos +=
        roundTripNanos == 0 ? (double) nanos : ((double) nanos - roundTripNanos) / AVERAGED;
  }

  /**
   * Whether tasks take less time than it takes to wake a thread: one that blocks for nothing gains
   * nothing by another thread.
   */
  boolean areTasksQuick() {
    return handled >= AVERAGED && taskNanos > 0 && lastingNanos < QUICK_NANOS;
  }

  /** How many tasks should be here or on their way, besides those at the handlers. */
  int target() {
    if (fixed >= 0) {
      return fixed;
    }
    if (roundTripNanos == 0) {
      return 0; // Not known yet, or none: then nothing is gained.
    }
    double aheadNanos = Math.max(ROUND_TRIPS * roundTripNanos, (double) LEAST_NANOS);
    double used = aheadNanos * places / Math.max(1.0, taskNanos);
    return (int) Math.min(used, (double) Math.min(handled, most));
  }

  /**
   * How many of the tasks ahead are too many: beyond one task for each handler, and beyond a tenth
   * of a second of work.
   *
   * @param silentNanos for how long no handler has ended; a short silence may be the machine's
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
