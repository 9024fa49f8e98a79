// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.harness.ServerFault;
import dev.jetlane.conformance.oracle.History;
import dev.jetlane.conformance.oracle.History.Count;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Letter;
import dev.jetlane.conformance.oracle.History.Outcome;
import dev.jetlane.conformance.plan.Step;
import dev.jetlane.conformance.plan.Step.Advance;
import dev.jetlane.conformance.plan.Step.Edge;
import dev.jetlane.conformance.report.FailureReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The repeatable part of a history: one line per step, and one for the drain.
 *
 * @param lines of the plan's steps
 * @param account every task and dead letter of the drain, unordered
 * @param drainNanos the time of the drain in the plan
 * @param drainDriftNanos the maximum delay of the drain behind its schedule
 */
record Trace(List<Line> lines, List<String> account, long drainNanos, long drainDriftNanos) {

  /**
   * One step.
   *
   * @param nominalNanos the time of the step in the plan
   * @param driftNanos its delay
   */
  record Line(Event event, long nominalNanos, long driftNanos, String text) {}

  static Trace of(History history) {
    List<Line> lines = new ArrayList<>();
    List<String> account = new ArrayList<>();
    long nominal = 0;
    long drain = 0;
    long drift = 0;
    for (Event event : history.events()) {
      if (event.step() instanceof Advance advance) {
        nominal += nanos(advance, history);
      }
      if (event.drain()) {
        drift = Math.max(drift, end(event) - nominal);
        account.addAll(found(event.outcome()));
      } else {
        drain = nominal;
        lines.add(new Line(event, nominal, drift(event, nominal), text(event)));
      }
    }
    return new Trace(lines, account.stream().sorted().toList(), drain, drift);
  }

  /**
   * A connect may take long, and so does a call without an answer, whose request is sent at its
   * beginning. The pause after it compensates.
   */
  private static long drift(Event event, long nominalNanos) {
    if (event.index() == 0
        || event.step() instanceof Step.ReopenQueue
        || event.step() instanceof Step.Cut) {
      return 0;
    }
    boolean harmed = event.harmed() != null || event.met() instanceof History.Outage;
    return (harmed ? event.time().before() : end(event)) - nominalNanos;
  }

  private static long nanos(Advance advance, History history) {
    long nanos = advance.ticks() * history.config().tickNanos();
    return advance.edge() == Edge.AFTER ? nanos + history.toleranceNanos() : nanos;
  }

  /**
   * The compared times: those of the operations, and those of the counts without pending changes.
   */
  private static long end(Event event) {
    long end = event.time().after();
    if (event.step() instanceof Advance) {
      for (Count count : event.counts()) {
        end = Math.max(end, count.time().after());
      }
    }
    return end;
  }

  private static List<String> found(Outcome outcome) {
    if (outcome instanceof History.Pulled pulled) {
      return pulled.deliveries().stream().map(Trace::text).toList();
    }
    return outcome instanceof History.DeadListed listed
        ? listed.letters().stream().map(Trace::text).toList()
        : List.of();
  }

  /**
   * The counts of a pause are those without pending changes; earlier counts may be in transition.
   */
  private static String text(Event event) {
    String outcome = met(event) + text(event.outcome());
    return event.step() instanceof Advance
        ? outcome + event.counts().stream().map(c -> " p" + c.partition() + c.stats()).toList()
        : outcome;
  }

  /** The fault, and the error of the call during it. */
  private static String met(Event event) {
    if (event.met() instanceof History.Outage outage) {
      String first = outage.first() == null ? "" : " " + error(outage);
      return "[" + outage.fault() + first + "] ";
    }
    return event.harmed() == null ? "" : "[" + event.harmed() + "] ";
  }

  /**
   * The error of the call during the fault. The storage of the fake is never full: its hands refuse
   * a dead letter instead.
   */
  private static String error(History.Outage outage) {
    if (outage.first() instanceof History.Stored stored) {
      return stored.tasks().get(0).detail().replaceAll(":.*", "");
    }
    return outage.fault() == ServerFault.OUT_OF_SPACE
        ? "refused"
        : text(Objects.requireNonNull(outage.first()));
  }

  private static String text(Outcome outcome) {
    if (outcome instanceof History.Pulled pulled) {
      return pulled.deliveries().stream().map(Trace::text).toList().toString();
    }
    if (outcome instanceof History.DeadListed listed) {
      return listed.letters().stream().map(Trace::text).toList().toString();
    }
    if (outcome instanceof History.Redriven redriven) {
      return "redriven " + redriven.found() + " " + text(redriven.letter());
    }
    if (outcome instanceof History.Threw threw) {
      return threw.type();
    }
    if (outcome instanceof History.Stored stored) {
      return stored.tasks().stream()
          .map(t -> t.id() + " " + t.payload() + " " + t.result())
          .collect(Collectors.joining(", "));
    }
    return FailureReport.shown(outcome);
  }

  static String text(History.Seen seen) {
    return seen.partition()
        + "/"
        + seen.taskId()
        + " "
        + seen.payload()
        + new java.util.TreeMap<>(seen.headers())
        + " attempt "
        + seen.attempt();
  }

  private static String text(Letter letter) {
    return "letter "
        + letter.taskId()
        + " "
        + letter.payload()
        + new java.util.TreeMap<>(letter.headers())
        + " after "
        + letter.attempts()
        + ": "
        + letter.reason();
  }
}
