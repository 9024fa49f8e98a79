// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.DeadLetter;
import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Harmed;
import dev.jetlane.conformance.oracle.History.Outcome;
import dev.jetlane.conformance.oracle.History.Pushed;
import dev.jetlane.conformance.oracle.History.Pushing;
import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.oracle.History.Stored;
import dev.jetlane.conformance.oracle.History.Threw;
import dev.jetlane.conformance.oracle.Model.Cause;
import dev.jetlane.conformance.oracle.Model.State;
import dev.jetlane.conformance.oracle.Model.TaskState;
import dev.jetlane.conformance.plan.Step;
import java.util.Locale;

/**
 * Judges an operation with one harmed exchange.
 *
 * <p>The error must say that the outcome is unknown, or that nothing was done if the queue refused
 * the request, or that the lease expired before the queue accepted it. In real time the refusal of
 * the last try may come too late, so that the outcome is unknown. The effect on the task depends
 * only on the harm, so the model knows it exactly: a request whose confirmation was lost took
 * effect, a lost request did not.
 */
final class HarmJudge {

  private static final String UNKNOWN = "OutcomeUnknownException";
  private static final String UNAVAILABLE = "QueueUnavailableException";
  private static final String EXPIRED = "LeaseExpiredException";

  private final Model model;
  private final Verdict verdict;
  private final SettleJudge settlements;

  HarmJudge(Model model, Verdict verdict, SettleJudge settlements) {
    this.model = model;
    this.verdict = verdict;
    this.settlements = settlements;
  }

  void judge(Event event, Harmed harmed) {
    if (event.outcome() instanceof Stored stored) {
      judgePush(event, harmed, stored);
    } else if (event.delivery() >= 0) {
      judgeSettlement(event, harmed, model.handles.get(event.delivery()));
    }
  }

  private void judgePush(Event event, Harmed harmed, Stored stored) {
    Pushing pushing = stored.tasks().get(0);
    Pushed expected = harmed.harm() == Harm.REFUSED ? Pushed.FAILED : Pushed.UNKNOWN;
    verdict.check(
        "FAULT-1",
        pushing.result() == expected
            || (pushing.result() == Pushed.UNKNOWN && mayBeInFlight(harmed)),
        () -> "push of " + pushing.id() + " [" + harmed + "] gave " + pushing.detail());
    if (!harmed.tookEffect()) {
      return;
    }
    int partition = model.partitionIndex(partitionOf(event.step()));
    TaskState task = model.add(pushing, partition, event.time());
    model.partition(partition).ids.put(pushing.id(), new Model.Accepted(event.time(), task, 0));
    if (event.step() instanceof Step.PushLater later) {
      model.delay(task, later.ticks() * model.config.tickNanos(), event.time());
    }
  }

  private static int partitionOf(Step step) {
    return step instanceof Step.Push push ? push.partition() : ((Step.PushLater) step).partition();
  }

  private void judgeSettlement(Event event, Harmed harmed, Handle handle) {
    String error = errorOf(event.outcome());
    String expected = harmed.harm() == Harm.REFUSED ? UNAVAILABLE : UNKNOWN;
    boolean unknown = error.equals(UNKNOWN);
    verdict.check(
        ruleOf(harmed),
        error.equals(expected)
            || (unknown && mayBeInFlight(harmed))
            || (error.equals(EXPIRED) && mayBeTooLate(event, harmed, handle)),
        () ->
            event.step()
                + " ["
                + harmed
                + "] of delivery "
                + handle.number
                + " gave "
                + event.outcome()
                + ", not "
                + expected);
    switch (harmed.exchange()) {
      case ACK -> {
        handle.unknown |= unknown;
        acked(event, harmed, handle);
      }
      case NAK -> {
        handle.unknown = unknown;
        givenBack(event, harmed, handle);
      }
      case EXTEND -> extended(event, harmed, handle);
      case STORE_LETTER -> {
        if (harmed.tookEffect()) {
          lettered(event, handle);
        }
      }
      case REMOVE_DEAD -> {
        lettered(event, handle);
        if (harmed.tookEffect() && handle.task.state == State.OUT) {
          handle.task.state = State.DEAD;
        }
      }
      default -> throw new IllegalStateException("no settlement makes " + harmed);
    }
  }

  /** Whether the refusal of the last try may have come too late, so that its outcome is unknown. */
  private boolean mayBeInFlight(Harmed harmed) {
    return harmed.harm() == Harm.REFUSED && model.tolerance > 0;
  }

  /** Whether the client may have repeated a refused request until its lease had ended. */
  private static boolean mayBeTooLate(Event event, Harmed harmed, Handle handle) {
    return harmed.harm() == Harm.REFUSED
        && harmed.exchange() != Exchange.ACK
        && !handle.liveForSure(event.time());
  }

  private static String errorOf(Outcome outcome) {
    return outcome instanceof Threw threw ? threw.type() : outcome.toString();
  }

  private static String ruleOf(Harmed harmed) {
    return switch (harmed.exchange()) {
      case ACK -> "FAULT-2";
      case NAK -> "FAULT-3";
      case EXTEND -> "FAULT-4";
      default -> "FAULT-5";
    };
  }

  private void acked(Event event, Harmed harmed, Handle handle) {
    if (harmed.tookEffect()) {
      settlements.remove(handle, event.time());
    }
  }

  private void givenBack(Event event, Harmed harmed, Handle handle) {
    if (harmed.tookEffect() && handle.latest() && handle.task.state == State.OUT) {
      int ticks = event.step() instanceof Step.NakLater later ? later.ticks() : 0;
      settlements.giveBack(handle, event, ticks, handle.liveForSure(event.time()));
    }
  }

  /**
   * Extends the lease of the task, but not the lease that the client sees: a client must not rely
   * on an unconfirmed extension.
   */
  private void extended(Event event, Harmed harmed, Handle handle) {
    TaskState task = handle.task;
    Span time = event.time();
    if (harmed.tookEffect() && handle.latest() && task.state == State.OUT) {
      task.extended = true;
      // A server confirms an extension without effect if it comes just after the lease ended.
      boolean inTime = time.before() + model.tolerance < task.mayReturn;
      task.returns(
          Cause.EXTEND,
          inTime ? time.before() + model.config.leaseNanos() : task.mayReturn,
          time.after() + model.config.leaseNanos() + model.tolerance,
          Model.UNORDERED);
    }
  }

  /** Records that the first of the two steps was done: the letter is stored, and so is the task. */
  private static void lettered(Event event, Handle handle) {
    TaskState task = handle.task;
    if (!task.lettered) {
      task.lettered = true;
      task.letterAttempts = task.attempts;
      task.deadReason = isDeadLetter(event.step()) ? Step.REASON : DeadLetter.MAX_DELIVERIES;
      task.deadOrder = event.index();
    }
  }

  private static boolean isDeadLetter(Step step) {
    return step instanceof Step.Settle settle && settle.verb() == Step.Verb.DEAD_LETTER;
  }

  /** Judges a settlement after an unknown outcome. Only an ack then has an effect. */
  void judgeAfterUnknown(Step.OnDelivery step, Handle handle, Event event) {
    String error = errorOf(event.outcome()).toUpperCase(Locale.ROOT);
    verdict.check(
        "FAULT-3",
        !error.contains("SETTLEMENT=SETTLED") && !error.contains("RESTARTED=TRUE"),
        () ->
            step
                + " of delivery "
                + handle.number
                + " after an unknown outcome gave "
                + event.outcome()
                + ": only an ack may be sent");
  }
}
