// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.conformance.oracle.History.Cancelled;
import dev.jetlane.conformance.oracle.History.Close;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Interrupt;
import dev.jetlane.conformance.oracle.History.Outcome;
import dev.jetlane.conformance.oracle.History.Pushed;
import dev.jetlane.conformance.oracle.History.Redriven;
import dev.jetlane.conformance.oracle.History.Removed;
import dev.jetlane.conformance.oracle.History.Stored;
import dev.jetlane.conformance.oracle.History.Threw;
import dev.jetlane.conformance.oracle.History.Twin;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Verb;
import java.util.Set;

/**
 * Judges a call that met an interrupt, the close of its client, or the same call of another client.
 * Returns whether other judges must also judge the call.
 */
final class MeetingJudge {

  private static final String CLOSED = "QueueClosedException";
  private static final String INTERRUPTED = "InterruptedException";
  private static final Set<String> MAY_BE_DONE =
      Set.of("OutcomeUnknownException", "QueueUnavailableException");

  private final Model model;
  private final Verdict verdict;
  private final SettleJudge settlements;

  MeetingJudge(Model model, Verdict verdict, SettleJudge settlements) {
    this.model = model;
    this.verdict = verdict;
    this.settlements = settlements;
  }

  /**
   * Judges an interrupted call, which must take effect or report an unknown outcome. A repeated
   * call counts as one call; if it cannot be repeated, its outcome is unknown.
   */
  boolean judgeInterrupt(Event event, Interrupt interrupt) {
    Outcome first = interrupt.first() == null ? event.outcome() : interrupt.first();
    boolean pull = event.step() instanceof Step.Pull;
    verdict.check(
        "LIFE-11",
        (pull && threw(first, INTERRUPTED))
            ? interrupt.first() != null
            : interrupt.kept() && !threw(first, INTERRUPTED),
        () -> event.step() + ", interrupted, gave " + first + ", kept: " + interrupt.kept());
    boolean unknown = first instanceof Threw threw && MAY_BE_DONE.contains(threw.type());
    if (event.delivery() < 0) {
      return true;
    }
    Handle handle = model.handles.get(event.delivery());
    if (interrupt.first() != null) {
      handle.unknown |= unknown && !isDeadLetter(event.step());
      return true;
    }
    boolean hidden = isClose(event.step()) && model.tolerance > 0 && !handle.settled;
    if (unknown || hidden) {
      settlements.mayBeDone((Step.OnDelivery) event.step(), handle, event);
    }
    return !unknown && !hidden;
  }

  /** A call that meets the close of its client takes effect, or is refused and changes nothing. */
  boolean judgeClose(Event event) {
    boolean refused = isRefused(event.outcome());
    verdict.check(
        "LIFE-12",
        refused || !isUnknown(event.outcome()),
        () -> event.step() + " during the close of its client gave " + event.outcome());
    if (refused) {
      changedNothing(event);
    } else if (isClose(event.step()) && event.delivery() >= 0) {
      // A close has no result.
      settlements.mayBeDone(
          (Step.OnDelivery) event.step(), model.handles.get(event.delivery()), event);
      return false;
    }
    return !refused;
  }

  private void changedNothing(Event event) {
    if (event.outcome() instanceof Stored stored) {
      model.refused.add(stored.tasks().get(0).payload());
    } else if (event.step() instanceof Step.Pull pull) {
      model.buffers.mayBeGivenBack(model.partitionIndex(pull.partition()), event.time());
    } else if (event.delivery() >= 0) {
      model.handles.get(event.delivery()).task.refusedByClose = true;
    }
  }

  /** The client is closed after the call. */
  void closed(Close close, Event event) {
    settlements.clientClosed(close.client(), event.time());
    model.buffers.clientClosed(close.client(), event.time());
  }

  /** Judges the same call of two operators. Only one of the calls may succeed. */
  void judgeTwin(Event event, Twin twin) {
    if (event.outcome() instanceof Redriven && twin.other() instanceof Redriven other) {
      verdict.check("DEAD-23", !other.found(), () -> "two clients redrove " + other.letter());
    } else if (event.outcome() instanceof Removed && twin.other() instanceof Removed other) {
      verdict.check("DEAD-15", !other.found(), () -> "two clients removed " + other.letter());
    } else if (event.outcome() instanceof Cancelled && twin.other() instanceof Cancelled other) {
      verdict.check("DELAY-11", !other.removed(), () -> "two clients cancelled " + other);
    }
  }

  private static boolean isRefused(Outcome outcome) {
    return threw(outcome, CLOSED)
        || (outcome instanceof Stored stored
            && stored.tasks().get(0).result() == Pushed.FAILED
            && stored.tasks().get(0).detail().startsWith(CLOSED));
  }

  private static boolean isUnknown(Outcome outcome) {
    return (outcome instanceof Threw threw && MAY_BE_DONE.contains(threw.type()))
        || (outcome instanceof Stored stored && stored.tasks().get(0).result() == Pushed.UNKNOWN);
  }

  private static boolean isClose(Step step) {
    return step instanceof Step.Settle settle && settle.verb() == Verb.CLOSE;
  }

  private static boolean isDeadLetter(Step step) {
    return step instanceof Step.Settle settle && settle.verb() == Verb.DEAD_LETTER;
  }

  private static boolean threw(Outcome outcome, String type) {
    return outcome instanceof Threw threw && threw.type().equals(type);
  }
}
