// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Threw;
import dev.jetlane.conformance.plan.Step;
import java.time.Duration;

/**
 * Judges a history. It derives from the history alone what each answer of the queue must contain
 * and what it may contain. An operation took place at some moment of its span, so a deadline that
 * it set lies in an interval. Inside that interval either answer is correct. In virtual time the
 * intervals are points.
 *
 * <p>Safety (nothing too early, nothing twice) is judged by the early end of an interval. Liveness
 * (nothing too late, nothing lost) is judged by its late end plus the tolerance.
 */
public final class Oracle {

  private final History history;
  private final Model model;
  private final Verdict verdict = new Verdict();
  private final PushJudge pushes;
  private final PullJudge pulls;
  private final SettleJudge settlements;
  private final CountJudge counts;
  private final HarmJudge harms;
  private final MeetingJudge meetings;
  private final OutageJudge outages;

  private Oracle(History history) {
    this.history = history;
    this.model = new Model(history);
    this.pushes = new PushJudge(model, verdict);
    this.pulls = new PullJudge(model, verdict);
    this.settlements = new SettleJudge(model, verdict);
    this.harms = new HarmJudge(model, verdict, settlements);
    this.meetings = new MeetingJudge(model, verdict, settlements);
    this.outages = new OutageJudge(model, verdict, settlements);
    this.counts = new CountJudge(model, verdict);
  }

  static Verdict judge(History history) {
    return new Oracle(history).judge();
  }

  private Verdict judge() {
    for (Event event : history.events()) {
      verdict.at(event.index());
      model.admit(event.time().before());
      model.buffers.before(event);
      judgeMeeting(event);
      if (model.lostSight) {
        break;
      }
      model.admit(event.time().after());
      model.buffers.after(event);
      counts.judgeCounts(event);
      if (verdict.violations().stream().anyMatch(v -> !v.rule().startsWith("STATS"))) {
        // The model no longer matches the queue, so later findings would only be consequences of
        // the first one.
        break;
      }
    }
    new Conservation(history, verdict).judge();
    return verdict;
  }

  private void judgeMeeting(Event event) {
    if (event.met() instanceof History.Interrupt interrupt) {
      if (meetings.judgeInterrupt(event, interrupt)) {
        judge(event);
      }
    } else if (event.met() instanceof History.Close close) {
      if (meetings.judgeClose(event)) {
        judge(event);
      }
      meetings.closed(close, event);
    } else if (event.met() instanceof History.Outage outage) {
      if (outages.judge(event, outage)) {
        judge(event);
      }
    } else if (event.met() instanceof History.Reconnect) {
      model.lostSight = true;
    } else {
      if (event.met() instanceof History.Twin twin) {
        meetings.judgeTwin(event, twin);
      }
      judge(event);
    }
  }

  private void judge(Event event) {
    Step step = event.step();
    if (event.harmed() != null && !(step instanceof Step.OnDelivery)) {
      harms.judge(event, event.harmed());
    } else if (event.outcome() instanceof Threw threw && !(step instanceof Step.OnDelivery)) {
      judgeError(step, event, threw);
    } else if (step instanceof Step.Pull pull) {
      pulls.judge(pull, event);
    } else if (step instanceof Step.OnDelivery on) {
      settlements.judge(on, event);
    } else if (step instanceof Step.Push push) {
      pushes.judge(push.partition(), event);
    } else if (step instanceof Step.PushLater push) {
      pushes.judge(push.partition(), event);
    } else if (step instanceof Step.PushExpiring push) {
      pushes.judge(push.partition(), event);
    } else if (step instanceof Step.Cancel) {
      pushes.judgeCancel(event);
    } else if (step instanceof Step.PushAgain push) {
      pushes.judge(push.partition(), event);
    } else if (step instanceof Step.PushAll push) {
      pushes.judge(push.partition(), event);
    } else if (step instanceof Step.PushAtomically push) {
      pushes.judgeAtomic(push, event);
    } else if (step instanceof Step.ReopenQueue reopen) {
      int client = Math.floorMod(reopen.client(), model.settings.clients());
      settlements.clientClosed(client, event.time());
      model.buffers.clientClosed(client, event.time());
    } else if (step instanceof Step.ReopenPuller reopen) {
      pullerClosed(reopen.partition(), reopen.puller(), event);
    } else if (step instanceof Step.ChangePuller change) {
      pullerClosed(change.partition(), change.puller(), event);
      model.buffers.setOptions(
          change.partition(),
          change.puller(),
          change.options(Duration.ofNanos(model.config.tickNanos())));
    } else if (step instanceof Step.Redrive redrive) {
      counts.judgeRedrive(redrive, event);
    } else if (step instanceof Step.RemoveDead remove) {
      counts.judgeRemoval(remove, event);
    } else if (step instanceof Step.Purge purge) {
      counts.judgePurge(purge, event);
    } else if (step instanceof Step.ListDead list) {
      counts.judgeLetters(list, event);
    }
  }

  private void pullerClosed(int partition, int puller, Event event) {
    settlements.pullerClosed(
        model.partitionIndex(partition),
        Math.floorMod(puller, model.settings.pullers()),
        event.time());
    model.buffers.pullerClosed(partition, puller, event.time());
  }

  private void judgeError(Step step, Event event, Threw threw) {
    if (step instanceof Step.Redrive redrive && threw.type().equals("QueueFullException")) {
      verdict.check(
          "DEAD-8",
          counts.mayBeFull(redrive.partition(), event.time()),
          () -> "a redrive was refused as if the partition were full");
      return;
    }
    String rule =
        step instanceof Step.Pull
            ? "PULL-2"
            : step instanceof Step.Purge
                ? "DEAD-10"
                : step instanceof Step.RemoveDead
                    ? "DEAD-15"
                    : step instanceof Step.Cancel ? "DELAY-5" : "PUSH-1";
    verdict.check(rule, false, () -> step + " threw " + threw.type() + ": " + threw.message());
  }
}
