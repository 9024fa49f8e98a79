// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.report;

import dev.jetlane.conformance.oracle.History;
import dev.jetlane.conformance.oracle.History.Count;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Outcome;
import dev.jetlane.conformance.oracle.Verdict;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The readable report of a failure: the broken rules, the plan, and the history with both clocks.
 */
public final class FailureReport {

  private FailureReport() {}

  public static String text(String name, History history, Verdict verdict) {
    StringBuilder text = new StringBuilder();
    String newLine = System.lineSeparator();
    verdict.violations().forEach(v -> text.append(v).append(newLine));
    text.append(history.plan()).append(newLine);
    text.append("history (event, queue's clock in ticks before..after, wall clock in ms)")
        .append(newLine);
    for (Event event : history.events()) {
      text.append(line(event, history.config().tickNanos())).append(newLine);
    }
    return text.append("timeline: ").append(Timeline.write(name, history, verdict)).toString();
  }

  public static String line(Event event, long tickNanos) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%3d %s %7.2f..%-7.2f %8.1f  %s",
            event.index(),
            event.drain() ? "drain" : "     ",
            (double) event.time().before() / tickNanos,
            (double) event.time().after() / tickNanos,
            event.wallMicros() / 1_000.0,
            event.step()));
    if (event.delivery() >= 0) {
      text.append(" (delivery ").append(event.delivery()).append(')');
    }
    if (event.met() != null) {
      text.append(" [").append(event.met()).append(']');
    }
    text.append(" -> ").append(shown(event.outcome()));
    for (Count count : event.counts()) {
      text.append(
          String.format(
              Locale.ROOT,
              " p%d[%d ready %d out %d later %d dead]",
              count.partition(),
              count.stats().ready(),
              count.stats().outstanding(),
              count.stats().delayed(),
              count.stats().dead()));
    }
    return text.toString();
  }

  public static String shown(Outcome outcome) {
    if (outcome instanceof History.Stored stored) {
      return stored.tasks().stream()
          .map(t -> t.id() + " (" + t.payload() + ") " + t.result())
          .collect(Collectors.joining(", "));
    }
    if (outcome instanceof History.Pulled pulled) {
      return pulled.deliveries().stream()
          .map(
              d ->
                  "#"
                      + d.number()
                      + " "
                      + d.taskId()
                      + " ("
                      + d.payload()
                      + ") attempt "
                      + d.attempt())
          .collect(Collectors.joining(", ", "[", "]"));
    }
    if (outcome instanceof History.DeadListed listed) {
      return listed.letters().stream()
          .map(l -> l.taskId() + " (" + l.payload() + ") after " + l.attempts() + ", " + l.reason())
          .collect(Collectors.joining("; ", "[", "]"));
    }
    if (outcome instanceof History.Settled settled) {
      return settled.settlement().name();
    }
    if (outcome instanceof History.Extended extended) {
      return String.valueOf(extended.restarted());
    }
    if (outcome instanceof History.Threw threw) {
      return threw.type() + ": " + threw.message();
    }
    return outcome instanceof History.Done ? "done" : outcome.toString();
  }
}
