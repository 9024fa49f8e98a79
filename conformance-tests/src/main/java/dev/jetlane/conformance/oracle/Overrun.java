// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.conformance.oracle.History.Count;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.plan.Step;

/**
 * Distinguishes a late queue from a stalled machine. The machine stalled if a call of the plan took
 * much longer than usual. Lateness then proves nothing, so a history that is correct with a larger
 * tolerance is discarded. Even on a stalled machine no task may be early, lost or invented.
 */
public final class Overrun {

  /**
   * A stall is longer than this part of the tolerance. A call of a plan takes some milliseconds.
   */
  private static final int PART = 4;

  /** The factor of the tolerance after a stall. */
  private static final int TIMES_LATER = 4;

  private Overrun() {}

  /** Returns the verdict about a history; an empty one if the machine stalled. */
  public static Verdict judge(History history) {
    Verdict verdict = Oracle.judge(history);
    boolean late =
        !verdict.violations().isEmpty()
            && stoodStillNanos(history) > history.toleranceNanos() / PART
            && Oracle.judge(patiently(history)).violations().isEmpty();
    return late ? new Verdict() : verdict;
  }

  private static History patiently(History history) {
    return new History(
        history.plan(), history.config(), history.toleranceNanos() * TIMES_LATER, history.events());
  }

  /** Returns the longest excess duration of a call or a time step of the plan. */
  private static long stoodStillNanos(History history) {
    if (history.toleranceNanos() == 0) {
      return 0;
    }
    long longest = 0;
    for (Event event : history.events()) {
      longest = Math.max(longest, tookTooLong(event, history));
      for (Count count : event.counts()) {
        longest = Math.max(longest, length(count.time()));
      }
    }
    return longest;
  }

  /**
   * Returns the excess duration of an event. Connecting and pulling may take long on any machine.
   */
  private static long tookTooLong(Event event, History history) {
    if (event.step() instanceof Step.Advance advance) {
      long asked = advance.ticks() * history.config().tickNanos();
      boolean more = advance.edge() == Step.Edge.AFTER;
      return length(event.time()) - asked - (more ? history.toleranceNanos() : 0);
    }
    boolean mayTakeLong =
        event.index() == 0
            || event.met() != null
            || event.step() instanceof Step.Pull
            || event.step() instanceof Step.ReopenQueue
            || event.step() instanceof Step.ReopenPuller
            || event.step() instanceof Step.ChangePuller;
    return mayTakeLong ? 0 : length(event.time());
  }

  private static long length(Span time) {
    return time.after() - time.before();
  }
}
