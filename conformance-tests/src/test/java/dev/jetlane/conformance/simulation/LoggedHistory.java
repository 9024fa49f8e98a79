// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.simulation;

import dev.jetlane.PullOptions;
import dev.jetlane.Settlement;
import dev.jetlane.conformance.oracle.History;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Outcome;
import dev.jetlane.conformance.oracle.History.Pushed;
import dev.jetlane.conformance.oracle.History.Remaining;
import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.plan.Plan;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Converts the event log of a fake server into a history for the oracle: each line about a task
 * becomes the operation that caused it, at its instant.
 */
final class LoggedHistory {

  private static final Pattern LINE =
      Pattern.compile(
          "\\+([\\d.]+)s p0/(\\S+): (.*?)(?: until \\+([\\d.]+)s)?(?: \\(attempt (\\d+)\\))?");
  private static final Pattern LEASED = Pattern.compile("leased to puller (\\d+)");

  private static final Duration TICK = Duration.ofSeconds(1);

  private final List<Event> events = new ArrayList<>();

  /** The unsettled deliveries of each task, the latest one last. */
  private final Map<String, Deque<Integer>> open = new HashMap<>();

  /** The end of the latest lease of a task; in the past after a give-back. */
  private final Map<String, Long> leaseEnds = new HashMap<>();

  private int deliveries;
  private int pullers = 1;

  private LoggedHistory() {}

  /** The history of partition p0, with a lease in seconds. */
  static History of(List<String> log, int leaseSeconds) {
    LoggedHistory logged = new LoggedHistory();
    for (String line : log) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        logged.add(matcher);
      }
    }
    Settings settings =
        new Settings(
            leaseSeconds,
            3600,
            Integer.MAX_VALUE,
            Settings.MANY,
            Integer.MAX_VALUE,
            1,
            logged.pullers,
            1);
    History.Config config = History.Config.of(settings, TICK, PullOptions.defaults());
    return new History(new Plan(settings, List.of()), config, 0, logged.events);
  }

  private void add(Matcher line) {
    long at = nanos(line.group(1));
    String id = line.group(2);
    String what = line.group(3);
    long until = line.group(4) == null ? 0 : nanos(line.group(4));
    Matcher leased = LEASED.matcher(what);
    if (what.equals("stored")) {
      History.Pushing task = new History.Pushing(id, id, Map.of(), 0, Pushed.STORED, "");
      add(new Step.Push(0, false), -1, at, new History.Stored(List.of(task), List.of(id)));
    } else if (leased.matches()) {
      int puller = Integer.parseInt(leased.group(1));
      pullers = Math.max(pullers, puller);
      int attempt = Integer.parseInt(line.group(5));
      Remaining remaining = new Remaining(new Span(at, at), until - at);
      History.Seen seen =
          new History.Seen(deliveries, id, id, Map.of(), "p0", 0, attempt, remaining);
      add(new Step.Pull(0, puller - 1, 1), -1, at, new History.Pulled(List.of(seen)));
      open.computeIfAbsent(id, absent -> new ArrayDeque<>()).addLast(deliveries++);
      leaseEnds.put(id, until);
    } else if (what.equals("acked")) {
      boolean late = at >= leaseEnds.getOrDefault(id, 0L);
      settle(Step.Verb.ACK, id, at, late ? Settlement.SETTLED_LATE : Settlement.SETTLED);
    } else if (what.equals("given back")) {
      settle(Step.Verb.NAK, id, at, Settlement.SETTLED);
      leaseEnds.put(id, at);
    } else if (what.equals("given back for later")) {
      Step step = new Step.NakLater((int) ((until - at) / TICK.toNanos()), 0, Step.Among.ALL);
      add(step, settled(id), at, new History.Settled(Settlement.SETTLED));
      leaseEnds.put(id, at);
    } else if (what.equals("lease extended")) {
      leaseEnds.put(id, until);
      Step step = new Step.Settle(Step.Verb.EXTEND, 0, Step.Among.ALL);
      Remaining remaining = new Remaining(new Span(at, at), until - at);
      add(step, open.get(id).getLast(), at, new History.Extended(true, remaining));
    }
  }

  private void settle(Step.Verb verb, String id, long at, Settlement settlement) {
    Step step = new Step.Settle(verb, 0, Step.Among.ALL);
    add(step, settled(id), at, new History.Settled(settlement));
  }

  /**
   * Returns the settled delivery: the latest open one. If the task was given back and waits, it is
   * an older delivery, whose settlement is late.
   */
  private int settled(String id) {
    return open.get(id).removeLast();
  }

  private void add(Step step, int delivery, long at, Outcome outcome) {
    Span time = new Span(at, at);
    events.add(
        new Event(
            events.size(),
            step,
            null,
            delivery,
            time,
            Remaining.NOT_ASKED,
            false,
            0,
            outcome,
            List.of()));
  }

  private static long nanos(String seconds) {
    return new BigDecimal(seconds).movePointRight(9).longValueExact();
  }
}
