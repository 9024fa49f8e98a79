// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.Settlement;
import dev.jetlane.conformance.harness.ServerFault;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Outage;
import dev.jetlane.conformance.oracle.History.Outcome;
import dev.jetlane.conformance.oracle.History.Pulled;
import dev.jetlane.conformance.oracle.History.Pushed;
import dev.jetlane.conformance.oracle.History.Settled;
import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.oracle.History.Stored;
import dev.jetlane.conformance.oracle.History.Threw;
import dev.jetlane.conformance.oracle.Model.State;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Verb;

/**
 * Judges a call during a fault of the whole server.
 *
 * <p>The call must end by its deadline and report that it had no effect, or that its outcome is
 * unknown. If it is repeated after the repair, it must succeed and take effect once. A call that
 * cannot be repeated may have taken effect if its outcome is unknown.
 */
final class OutageJudge {

  private static final String UNKNOWN = "OutcomeUnknownException";
  private static final String UNAVAILABLE = "QueueUnavailableException";
  private static final String EXPIRED = "LeaseExpiredException";
  private static final String FULL = "QueueFullException";

  private final Model model;
  private final Verdict verdict;
  private final SettleJudge settlements;

  OutageJudge(Model model, Verdict verdict, SettleJudge settlements) {
    this.model = model;
    this.verdict = verdict;
    this.settlements = settlements;
  }

  /** Returns whether other judges must also judge the outcome. */
  boolean judge(Event event, Outage outage) {
    Outcome first = outage.first() == null ? event.outcome() : outage.first();
    Span call = outage.call();
    String rule = rule(outage.fault());
    verdict.check(
        rule,
        call.after() - call.before() <= outage.limitNanos(),
        () -> event.step() + " took " + (call.after() - call.before()) + " ns, " + outage);
    if (sendsRequest(event, call)) {
      verdict.check(
          rule,
          isAllowed(event.step(), outage.fault(), errorOf(first)) || isStored(event, outage),
          () -> event.step() + " during " + outage.fault() + " gave " + shown(first));
      verdict.check(
          rule,
          outage.first() == null
              || succeeded(event)
              || isForgotten(event, outage)
              || isTooLate(event),
          () -> event.step() + " after " + outage.fault() + " gave " + shown(event.outcome()));
    }
    // After a restart a lease may count from the push of its task, and a crash forgets the latest
    // deliveries.
    model.lostSight |= outage.fault().restarts() && anyIsScheduled();
    model.lostSight |= isLetterWithoutEnd(event, errorOf(first));
    return !model.lostSight && (event.delivery() < 0 || judgeEffect(event, outage, errorOf(first)));
  }

  /**
   * Whether the letter of a task may be stored, and its lease had ended when the call was repeated:
   * then nothing removes the task.
   */
  private static boolean isLetterWithoutEnd(Event event, String error) {
    return isVerb(event.step(), Verb.DEAD_LETTER)
        && error.equals(UNKNOWN)
        && errorOf(event.outcome()).equals(EXPIRED);
  }

  private boolean anyIsScheduled() {
    return model.partitions.stream()
        .flatMap(partition -> partition.tasks.stream())
        .anyMatch(task -> task.state == State.OUT || task.state == State.LATER);
  }

  private boolean judgeEffect(Event event, Outage outage, String error) {
    Handle handle = model.handles.get(event.delivery());
    Step.OnDelivery step = (Step.OnDelivery) event.step();
    boolean unknown = error.equals(UNKNOWN);
    if (outage.first() != null) {
      handle.unknown |= unknown && !isVerb(step, Verb.DEAD_LETTER);
      return true;
    }
    if (unknown) {
      settlements.mayBeDone(step, handle, event);
    }
    return !unknown && !error.equals(UNAVAILABLE);
  }

  /**
   * Whether the call must send a request, because its lease has not expired and its delivery is not
   * settled.
   */
  private boolean sendsRequest(Event event, Span call) {
    if (event.delivery() < 0) {
      return !(event.step() instanceof Step.OnDelivery);
    }
    Handle handle = model.handles.get(event.delivery());
    return handle.liveForSure(call)
        && handle.task.state == State.OUT
        && !handle.settled
        && !handle.unknown
        && !handle.unclear
        && !handle.clientClosed;
  }

  private static boolean isAllowed(Step step, ServerFault fault, String error) {
    if (fault == ServerFault.OUT_OF_SPACE) {
      boolean letter = isVerb(step, Verb.DEAD_LETTER);
      boolean stores = letter || step instanceof Step.Push;
      return stores ? error.equals(FULL) || (letter && error.equals(UNAVAILABLE)) : error.isEmpty();
    }
    return error.equals(UNKNOWN) || error.equals(UNAVAILABLE);
  }

  /** A dead letter that is stored already needs no space. */
  private boolean isStored(Event event, Outage outage) {
    return outage.fault() == ServerFault.OUT_OF_SPACE
        && isVerb(event.step(), Verb.DEAD_LETTER)
        && model.handles.get(event.delivery()).task.lettered;
  }

  /** The lease may have ended before the clients reconnected. */
  private boolean isTooLate(Event event) {
    return event.delivery() >= 0
        && errorOf(event.outcome()).equals(EXPIRED)
        && !model.handles.get(event.delivery()).liveForSure(event.time());
  }

  /**
   * A server that crashed may have forgotten its last deliveries, and then delivers their tasks
   * again.
   */
  private static boolean isForgotten(Event event, Outage outage) {
    return outage.fault() == ServerFault.CRASHED
        && outage.first() != null
        && errorOf(event.outcome()).equals(UNKNOWN);
  }

  private static boolean succeeded(Event event) {
    Outcome outcome = event.outcome();
    return outcome instanceof Pulled
        || (outcome instanceof Settled settled
            && (settled.settlement() == Settlement.SETTLED
                || settled.settlement() == Settlement.SETTLED_LATE))
        || (outcome instanceof Stored stored && stored.tasks().get(0).result() == Pushed.STORED);
  }

  /** Returns the error of a call; empty if it succeeded. */
  private static String errorOf(Outcome outcome) {
    if (outcome instanceof Stored stored) {
      return switch (stored.tasks().get(0).result()) {
        case STORED, DUPLICATE -> "";
        case UNKNOWN -> UNKNOWN;
        case FULL -> FULL;
        case FAILED -> stored.tasks().get(0).detail().replaceAll(":.*", "");
      };
    }
    return outcome instanceof Threw threw ? threw.type() : "";
  }

  private static String shown(Outcome outcome) {
    return errorOf(outcome).isEmpty() ? "no error" : errorOf(outcome);
  }

  private static boolean isVerb(Step step, Verb verb) {
    return step instanceof Step.Settle settle && settle.verb() == verb;
  }

  private static String rule(ServerFault fault) {
    return switch (fault) {
      case SILENT -> "FAULT-22";
      case RESTARTED -> "FAULT-23";
      case CRASHED -> "FAULT-24";
      case LOGIN_REFUSED -> "FAULT-25";
      case OUT_OF_SPACE -> "FAULT-26";
    };
  }
}
