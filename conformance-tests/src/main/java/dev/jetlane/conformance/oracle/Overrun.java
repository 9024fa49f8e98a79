package dev.jetlane.conformance.oracle;

import dev.jetlane.conformance.oracle.History.Count;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.plan.Step;

/**
 * Tells a queue that is late from a machine that stood still. On a machine that stood still, for a
 * call of the plan took longer than any does, lateness is no evidence: then a history that is right
 * except for the tolerance is discarded. An error that no tolerance excuses stays an error: no task
 * may be early, lost or made up on the slowest machine.
 */
public final class Overrun {

  /** Of the tolerance; a call of a plan takes some milliseconds. */
  private static final int PART = 4;

  /** How much later than usual a machine that stood still may be. */
  private static final int TIMES_LATER = 4;

  private Overrun() {}

  /** The verdict about a history; an empty one if nothing can be said. */
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

  /** For how long a call of the plan or a step of time took more than it should, at most. */
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

  /** To connect, and to pull nothing at a limit, takes its time on any machine. */
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
