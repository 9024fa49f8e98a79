// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.Settlement;
import dev.jetlane.conformance.oracle.History.Done;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Extended;
import dev.jetlane.conformance.oracle.History.Harmed;
import dev.jetlane.conformance.oracle.History.Outcome;
import dev.jetlane.conformance.oracle.History.Remaining;
import dev.jetlane.conformance.oracle.History.Settled;
import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.oracle.History.Threw;
import dev.jetlane.conformance.oracle.Model.Cause;
import dev.jetlane.conformance.oracle.Model.State;
import dev.jetlane.conformance.oracle.Model.TaskState;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Verb;

/** Judges settlements of deliveries: the result, and the effect on the task. */
public final class SettleJudge {

  private static final String EXPIRED = "LeaseExpiredException";
  private static final String UNKNOWN = "OutcomeUnknownException";
  private static final String CLOSED = "QueueClosedException";
  private static final String FULL = "QueueFullException";

  private final Model model;
  private final Verdict verdict;
  private final HarmJudge harms;

  SettleJudge(Model model, Verdict verdict) {
    this.model = model;
    this.verdict = verdict;
    this.harms = new HarmJudge(model, verdict, this);
  }

  void clientClosed(int client, Span time) {
    for (Handle handle : model.handles) {
      if (handle.client == client) {
        handle.clientClosed = true;
        keptNoLonger(handle, time);
      }
    }
  }

  void pullerClosed(int partition, int puller, Span time) {
    for (Handle handle : model.handles) {
      if (handle.puller == puller && handle.task.partition == partition) {
        handle.pullerClosed = true;
        keptNoLonger(handle, time);
      }
    }
  }

  /** Records that a lease is not extended any more, so that it ends within a lease. */
  private void keptNoLonger(Handle handle, Span time) {
    TaskState task = handle.task;
    handle.keepNoLonger(time);
    if (task.cause == Cause.KEPT && handle.latest() && !task.hidden) {
      task.mayReturn = Math.min(task.mayReturn, handle.leaseEndsMin);
      task.mustReturn = Math.min(task.mustReturn, handle.leaseEndsMax + model.tolerance);
    }
  }

  void judge(Step.OnDelivery step, Event event) {
    if (event.delivery() < 0) {
      return;
    }
    Handle handle = model.handles.get(event.delivery());
    Outcome outcome = event.outcome();
    judgeRemaining(handle, event.observed());
    Harmed harmed = event.harmed();
    if (harmed != null) {
      harms.judge(event, harmed);
    } else if (handle.unknown && !isAck(step)) {
      harms.judgeAfterUnknown(step, handle, event);
    } else if (handle.unclear) {
      judgeUnclear(step, handle, outcome, event.time());
    } else if (handle.settled) {
      judgeSecond(step, outcome);
    } else if (handle.clientClosed) {
      judgeClosed(step, handle, outcome, event.time());
    } else if (step instanceof Step.NakLater later) {
      judgeNak(handle, event, later.ticks());
    } else {
      judgeFirst(((Step.Settle) step).verb(), handle, event);
    }
  }

  private static boolean isAck(Step.OnDelivery step) {
    return step instanceof Step.Settle settle
        && (settle.verb() == Verb.ACK || settle.verb() == Verb.ACK_ASYNC);
  }

  private void judgeFirst(Verb verb, Handle handle, Event event) {
    switch (verb) {
      case ACK, ACK_ASYNC -> judgeAck(verb, handle, event);
      case NAK -> judgeNak(handle, event, 0);
      case RELEASE -> judgeRelease(handle, event);
      case EXTEND -> judgeExtend(handle, event);
      case DEAD_LETTER -> judgeDeadLetter(handle, event);
      case CLOSE -> judgeClose(handle, event);
    }
  }

  private void judgeAck(Verb verb, Handle handle, Event event) {
    Outcome outcome = event.outcome();
    Span time = event.time();
    String live = verb == Verb.ACK ? inLease(handle, "SETTLE-9") : inLease(handle, "SETTLE-7");
    boolean someAck = is(outcome, Settlement.SETTLED) || is(outcome, Settlement.SETTLED_LATE);
    if (handle.unknown) {
      // Another worker may hold the task. The holder of this delivery cannot know that.
      check("FAULT-2", someAck, verb, handle, outcome, "SETTLED or SETTLED_LATE");
    } else if (handle.liveForSure(time)) {
      String rule = handle.task.state == State.OUT ? live : "LATE-8";
      check(rule, is(outcome, Settlement.SETTLED), verb, handle, outcome, "SETTLED");
    } else if (handle.expiredForSure(time)) {
      check(
          lateAck(handle, outcome),
          is(outcome, Settlement.SETTLED_LATE),
          verb,
          handle,
          outcome,
          "SETTLED_LATE");
    } else {
      check(live, someAck, verb, handle, outcome, "SETTLED or SETTLED_LATE");
    }
    handle.settled = someAck;
    if (someAck) {
      remove(handle, time);
    }
  }

  void remove(Handle handle, Span time) {
    TaskState task = handle.task;
    if (task.incarnation == handle.incarnation && task.state == State.OUT) {
      if (handle.unconfirmed) {
        task.lingersUntil = time.after() + model.tolerance;
      }
      if (task.hidden) {
        task.echoesUntil = time.after() + model.config.leaseNanos();
      }
      task.mayBeAnew = model.usedUpUnseen(task) || handle.mayBeReplaced();
      if (!model.mustBeDead(task, time)) {
        boolean sure = !task.mayBeAnew && !model.mayBeDead(task, time);
        task.state = sure ? State.GONE : State.GONE_OR_DEAD;
      }
    } else if (handle.latest() && handle.liveForSure(time)) {
      task.mayBeAnew = false; // A late ack may be for the task before it was stored anew.
    }
  }

  private void judgeNak(Handle handle, Event event, int delayTicks) {
    Outcome outcome = event.outcome();
    Span time = event.time();
    String verb = delayTicks > 0 ? "nak(delay)" : "nak";
    boolean settled = is(outcome, Settlement.SETTLED);
    boolean live = handle.liveForSure(time);
    if (live) {
      String rule = handle.task.state == State.OUT ? inLease(handle, "SETTLE-9") : "LATE-8";
      check(rule, settled, verb, handle, outcome, "SETTLED");
    } else if (handle.expiredForSure(time)) {
      check(late(handle, "LATE-2"), threw(outcome, EXPIRED), verb, handle, outcome, EXPIRED);
    } else {
      check("LATE-2", settled || threw(outcome, EXPIRED), verb, handle, outcome, "either");
    }
    handle.settled = settled;
    if (settled && handle.latest() && handle.task.state == State.OUT) {
      giveBack(handle, event, delayTicks, live);
    } else if (settled) {
      failedWhenGone(handle);
    }
  }

  /** Records that the last attempt failed after a late ack had removed the task. */
  private void failedWhenGone(Handle handle) {
    if (handle.latest() && handle.task.state == State.GONE && model.usedUp(handle.task)) {
      handle.task.state = State.GONE_OR_DEAD;
    }
  }

  void giveBack(Handle handle, Event event, int delayTicks, boolean live) {
    TaskState task = handle.task;
    Span time = event.time();
    if (model.usedUp(task)) {
      model.usedUpNow(task, event.index());
      return;
    }
    // At the end of a lease the queue may process the nak first, or the expiry.
    if (delayTicks > 0) {
      long delay = delayTicks * model.config.tickNanos();
      long may = time.before() + delay;
      task.returns(
          Cause.DELAY,
          live ? may : Math.min(may, task.mayReturn),
          time.after() + delay + model.tolerance,
          Model.UNORDERED);
    } else {
      task.returns(
          Cause.NAK,
          live ? time.before() : Math.min(time.before(), task.mayReturn),
          time.after(),
          live ? event.index() : Model.UNORDERED);
    }
  }

  /** Records that a call of unknown outcome may have taken effect, or may still take effect. */
  void mayBeDone(Step.OnDelivery step, Handle handle, Event event) {
    TaskState task = handle.task;
    Span time = event.time();
    Verb verb = step instanceof Step.Settle settle ? settle.verb() : Verb.NAK;
    handle.unknown |= verb == Verb.NAK;
    handle.unclear |= verb == Verb.CLOSE;
    if (!handle.latest() || task.state != State.OUT) {
      failedWhenGone(handle);
      return;
    }
    task.mayBeTwice |= model.usedUp(task) && verb != Verb.EXTEND;
    long may = time.before();
    long must = time.after();
    if (step instanceof Step.NakLater later) {
      // On the last attempt the dead letter is made without the delay.
      may += model.usedUp(task) ? 0 : later.ticks() * model.config.tickNanos();
      must += later.ticks() * model.config.tickNanos();
    } else if (verb == Verb.CLOSE) {
      must += Model.pauseNanos(task.attempts);
    } else if (verb == Verb.EXTEND) {
      may = task.mayReturn;
      must += model.config.leaseNanos();
    }
    task.returns(
        Cause.CLOSE,
        Math.min(task.mayReturn, may),
        Math.max(task.mustReturn, must + model.tolerance),
        Model.UNORDERED);
  }

  /**
   * Judges a release: like a nak, except that on the last attempt it stores a new task if there is
   * room.
   */
  private void judgeRelease(Handle handle, Event event) {
    TaskState task = handle.task;
    Span time = event.time();
    boolean last = handle.latest() && model.usedUp(task);
    if (last && threw(event.outcome(), FULL)) {
      verdict.check(
          "SETTLE-12",
          model.tally(task, time).storedMax() >= model.settings.maxTasks(),
          () -> task + " was refused as full, although there is room");
    } else if (last && is(event.outcome(), Settlement.SETTLED)) {
      handle.settled = true;
      model.redriven(task, time);
      task.putBack = true;
    } else {
      judgeNak(handle, event, 0);
    }
  }

  private void judgeExtend(Handle handle, Event event) {
    Outcome outcome = event.outcome();
    Span time = event.time();
    boolean extended = outcome instanceof Extended answer && answer.restarted();
    boolean live = handle.liveForSure(time);
    if (live) {
      check(inLease(handle, "EXTEND-6"), extended, "extend", handle, outcome, "true");
    } else if (handle.expiredForSure(time)) {
      check(late(handle, "LATE-3"), threw(outcome, EXPIRED), "extend", handle, outcome, EXPIRED);
    } else {
      boolean unknown = threw(outcome, UNKNOWN);
      check(
          "LATE-3",
          extended || unknown || threw(outcome, EXPIRED),
          "extend",
          handle,
          outcome,
          "any of them");
      if (unknown && handle.latest() && handle.task.state == State.OUT) {
        handle.task.mustReturn =
            Math.max(
                handle.task.mustReturn, time.after() + model.config.leaseNanos() + model.tolerance);
      }
    }
    if (!extended) {
      return;
    }
    handle.leaseBegan(
        time.before() + model.config.leaseNanos(), time.after() + model.config.leaseNanos());
    handle.wasExtended = true;
    TaskState task = handle.task;
    if (handle.latest() && task.state == State.OUT) {
      task.extended = true;
      task.returns(
          handle.keeping == null ? Cause.EXTEND : Cause.KEPT,
          live ? handle.leaseEndsMin : task.mayReturn,
          handle.leaseEndsMax + model.tolerance,
          Model.UNORDERED);
    }
    judgeRemaining(handle, ((Extended) outcome).remaining());
  }

  private void judgeDeadLetter(Handle handle, Event event) {
    Outcome outcome = event.outcome();
    Span time = event.time();
    boolean settled = is(outcome, Settlement.SETTLED);
    TaskState task = handle.task;
    if (handle.liveForSure(time)) {
      String rule = task.state == State.OUT ? "DEAD-3" : "LATE-8";
      check(rule, settled, "deadLetter", handle, outcome, "SETTLED");
    } else if (handle.expiredForSure(time)) {
      check(
          late(handle, "LATE-4"), threw(outcome, EXPIRED), "deadLetter", handle, outcome, EXPIRED);
    } else {
      check("LATE-4", settled || threw(outcome, EXPIRED), "deadLetter", handle, outcome, "either");
    }
    handle.settled = settled;
    if (!settled || task.incarnation != handle.incarnation) {
      return;
    }
    if (task.state == State.OUT) {
      task.state = State.DEAD;
      if (!task.lettered) {
        task.deadReason = Step.REASON;
        task.deadOrder = event.index();
      }
    } else if (task.state == State.GONE) {
      task.state = State.GONE_OR_DEAD;
    }
  }

  private void judgeClose(Handle handle, Event event) {
    Outcome outcome = event.outcome();
    Span time = event.time();
    check("SETTLE-10", outcome instanceof Done, "close", handle, outcome, "nothing");
    TaskState task = handle.task;
    if (handle.liveForSure(time)) {
      handle.settled = true;
      if (handle.latest() && task.state == State.OUT) {
        closed(task, event, Model.pauseNanos(task.attempts));
      } else {
        failedWhenGone(handle);
      }
    } else if (handle.expiredForSure(time)) {
      verdict.check("LATE-7", true, () -> "");
      task.lateClosed = true;
    } else {
      handle.unclear = true;
      if (handle.latest() && task.state == State.OUT) {
        task.returns(
            Cause.CLOSE,
            Math.min(task.mayReturn, time.before()),
            Math.max(
                task.mustReturn, time.after() + Model.pauseNanos(task.attempts) + model.tolerance),
            Model.UNORDERED);
      }
    }
  }

  private void closed(TaskState task, Event event, long pauseNanos) {
    Span time = event.time();
    if (model.usedUp(task)) {
      model.usedUpNow(task, event.index());
    } else if (pauseNanos == 0) {
      task.returns(Cause.CLOSE, time.before(), time.after(), event.index());
    } else {
      task.returns(
          Cause.CLOSE,
          time.before() + pauseNanos,
          time.after() + pauseNanos + model.tolerance,
          Model.UNORDERED);
    }
  }

  private void judgeSecond(Step.OnDelivery step, Outcome outcome) {
    if (step instanceof Step.Settle settle && settle.verb() == Verb.CLOSE) {
      verdict.check(
          "SETTLE-10", outcome instanceof Done, () -> "close after a settlement: " + outcome);
    } else if (step instanceof Step.Settle settle && settle.verb() == Verb.EXTEND) {
      verdict.check(
          "EXTEND-5",
          outcome instanceof Extended extended && !extended.restarted(),
          () -> "extend after a settlement: " + outcome);
    } else {
      verdict.check(
          "SETTLE-6",
          is(outcome, Settlement.ALREADY_SETTLED),
          () -> step + " after a settlement: " + outcome);
    }
  }

  /**
   * Judges a settlement after its client was closed. The lease continues, but the client sends
   * nothing.
   */
  private void judgeClosed(Step.OnDelivery step, Handle handle, Outcome outcome, Span time) {
    boolean close = step instanceof Step.Settle settle && settle.verb() == Verb.CLOSE;
    boolean mayBeLate = !handle.liveForSure(time);
    verdict.check(
        "LIFE-2",
        close
            ? outcome instanceof Done
            : threw(outcome, CLOSED) || (mayBeLate && threw(outcome, EXPIRED)),
        () -> step + " after its queue was closed: " + outcome);
  }

  private void judgeUnclear(Step.OnDelivery step, Handle handle, Outcome outcome, Span time) {
    if (is(outcome, Settlement.SETTLED) || is(outcome, Settlement.SETTLED_LATE)) {
      boolean ack = step instanceof Step.Settle settle && settle.verb() != Verb.NAK;
      verdict.check("LATE-2", ack, () -> step + " of an expired delivery: " + outcome);
      remove(handle, time);
    }
  }

  private void judgeRemaining(Handle handle, Remaining observed) {
    if (observed.nanos() < 0 || handle.settled || handle.unclear) {
      return;
    }
    long least = handle.leastRemaining(observed.time().after());
    long most = Math.max(0, handle.leaseEndsMax - observed.time().before());
    if (handle.keeping != null) {
      most = Math.min(most, model.config.leaseNanos());
    }
    long longest = most;
    verdict.check(
        handle.keeping != null ? "KEEP-1" : handle.wasExtended ? "EXTEND-4" : "LEASE-5",
        observed.nanos() >= least && observed.nanos() <= longest,
        () ->
            "delivery "
                + handle.number
                + " says that "
                + observed.nanos()
                + " ns are left of its lease, not "
                + least
                + " to "
                + longest);
  }

  /**
   * Returns the rule of a late settlement. If another worker may hold the task, that is a separate
   * rule.
   */
  private static String late(Handle handle, String rule) {
    return handle.latest() ? rule : "LATE-6";
  }

  private static String lateAck(Handle handle, Outcome outcome) {
    if (handle.task.lateClosed && is(outcome, Settlement.ALREADY_SETTLED)) {
      return "LATE-7";
    }
    return handle.latest() ? "LATE-1" : "LATE-5";
  }

  private static String inLease(Handle handle, String rule) {
    return handle.pullerClosed ? "LIFE-3" : rule;
  }

  private void check(
      String rule, boolean holds, Object verb, Handle handle, Outcome outcome, String expected) {
    verdict.check(
        rule,
        holds,
        () ->
            verb
                + " of delivery "
                + handle.number
                + " of "
                + handle.task
                + " gave "
                + outcome
                + ", not "
                + expected);
  }

  private static boolean is(Outcome outcome, Settlement settlement) {
    return outcome instanceof Settled settled && settled.settlement() == settlement;
  }

  private static boolean threw(Outcome outcome, String type) {
    return outcome instanceof Threw threw && threw.type().equals(type);
  }
}
