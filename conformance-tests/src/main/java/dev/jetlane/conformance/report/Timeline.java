// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.report;

import dev.jetlane.conformance.oracle.History;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Pulled;
import dev.jetlane.conformance.oracle.History.Seen;
import dev.jetlane.conformance.oracle.Verdict;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Draws a history as one self-contained page. Time runs downwards, with a row per event. Each
 * puller has a lane with a bar per lease, from the pull to the settlement or the end of the lease.
 * Events that break a rule are marked.
 */
public final class Timeline {

  private static final int ROW = 22;
  private static final int LANE = 150;
  private static final int BAR = 24;
  private static final int LEFT = 620;
  private static final int TOP = 40;

  private static final String STYLE =
      """
      body{font:13px system-ui,sans-serif;margin:16px;color:#222}
      pre{background:#fdecea;border-left:4px solid #c62828;padding:8px;white-space:pre-wrap}
      svg text{font:11px ui-monospace,monospace}
      .bad{fill:#c62828;font-weight:bold} .drain{fill:#999} .head{font-weight:bold}
      .SETTLED{fill:#a5d6a7}.EXPIRED{fill:#ffcc80}.OPEN{fill:#90caf9}
      """;

  private final History history;
  private final Verdict verdict;
  private final Map<String, Integer> lanes = new LinkedHashMap<>();

  /** The row at which the last lease of a column ends, by lane and column. */
  private final Map<String, int[]> columns = new HashMap<>();

  private final StringBuilder svg = new StringBuilder();

  private Timeline(History history, Verdict verdict) {
    this.history = history;
    this.verdict = verdict;
  }

  /** Writes the page and returns its path. */
  static Path write(String name, History history, Verdict verdict) {
    Path file = Ledger.directory().resolve(name + ".html").toAbsolutePath();
    try {
      Files.createDirectories(Ledger.directory());
      Files.writeString(file, new Timeline(history, verdict).page(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  private String page(String name) {
    drawLeases();
    drawEvents();
    lanes.forEach((lane, x) -> text(x, TOP - 14, "head", lane));
    StringBuilder page =
        new StringBuilder("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>");
    page.append(escape(name)).append("</title><style>").append(STYLE).append("</style><h1>");
    page.append(escape(name)).append("</h1><pre>");
    verdict.violations().forEach(v -> page.append(escape(v.toString())).append('\n'));
    page.append("</pre><p>Bars are leases: <b style=\"color:#388e3c\">settled</b>, ");
    page.append("<b style=\"color:#ef6c00\">expired or left open</b>. ");
    page.append("Times are the queue's clock in ticks.</p><p>");
    page.append(escape(history.plan().settings().toString())).append("</p>");
    int width = LEFT + Math.max(1, lanes.size()) * LANE + 40;
    int height = TOP + (history.events().size() + 1) * ROW;
    page.append(String.format("<svg width=\"%d\" height=\"%d\" role=\"img\">", width, height));
    return page.append(svg).append("</svg></html>").toString();
  }

  /**
   * The row at which a lease ends for its holder: its settlement, or the first event after its end.
   */
  private record End(int row, String kind) {}

  private void drawLeases() {
    for (Event event : history.events()) {
      if (event.step() instanceof Step.Pull pull && event.outcome() instanceof Pulled pulled) {
        Settings settings = history.plan().settings();
        String lane =
            "p"
                + Math.floorMod(pull.partition(), settings.partitions())
                + " puller "
                + Math.floorMod(pull.puller(), settings.pullers());
        int x = lanes.computeIfAbsent(lane, absent -> LEFT + lanes.size() * LANE);
        for (Seen delivery : pulled.deliveries()) {
          End end = end(event, delivery.number());
          drawLease(event, delivery, end, x + column(lane, event.index(), end.row()) * BAR);
        }
      }
    }
  }

  /** Returns the first free column of a lane; the last one if none is free. */
  private int column(String lane, int from, int to) {
    int[] takenUntil = columns.computeIfAbsent(lane, absent -> new int[LANE / BAR]);
    int column = 0;
    while (column < takenUntil.length - 1 && takenUntil[column] > from) {
      column++;
    }
    takenUntil[column] = to;
    return column;
  }

  private void drawLease(Event pull, Seen delivery, End end, int x) {
    int y = TOP + pull.index() * ROW - ROW / 2;
    int height = Math.max(ROW / 2, (end.row() - pull.index()) * ROW);
    svg.append(
        String.format(
            "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"20\" height=\"%d\" rx=\"3\"><title>%s</title></rect>",
            end.kind(),
            x,
            y,
            height,
            escape(
                "#"
                    + delivery.number()
                    + " "
                    + delivery.taskId()
                    + " attempt "
                    + delivery.attempt())));
    text(x + 2, y + 11, "", "#" + delivery.number());
  }

  private End end(Event pull, int number) {
    long leaseEnd = pull.time().after() + history.config().leaseNanos();
    List<Event> later =
        new ArrayList<>(history.events()).subList(pull.index() + 1, history.events().size());
    for (Event event : later) {
      if (event.time().before() >= leaseEnd) {
        return new End(event.index(), "EXPIRED");
      }
      if (event.delivery() == number) {
        if (event.outcome() instanceof History.Extended extended && extended.restarted()) {
          leaseEnd = event.time().after() + history.config().leaseNanos();
        } else if (event.outcome() instanceof History.Settled
            || event.outcome() instanceof History.Done) {
          return new End(event.index(), "SETTLED");
        }
      }
    }
    return new End(history.events().size(), "OPEN");
  }

  private void drawEvents() {
    for (Event event : history.events()) {
      boolean bad = verdict.violations().stream().anyMatch(v -> v.event() == event.index());
      String style = bad ? "bad" : event.drain() ? "drain" : "";
      int y = TOP + event.index() * ROW;
      String ticks =
          String.format(
              Locale.ROOT, "%8.2f", (double) event.time().after() / history.config().tickNanos());
      String what = FailureReport.shown(event.outcome());
      String line = ticks + " " + (bad ? "✗ " : mark(event)) + event.step() + " → " + what;
      svg.append("<g>");
      text(0, y, style, line.length() > 92 ? line.substring(0, 91) + "…" : line);
      svg.append("<title>").append(escape(line)).append("</title></g>");
    }
  }

  private static String mark(Event event) {
    if (event.outcome() instanceof History.Stored) {
      return "+ ";
    }
    return event.outcome() instanceof History.Settled ? "✓ " : "  ";
  }

  private void text(int x, int y, String style, String text) {
    svg.append(
        String.format(
            "<text class=\"%s\" x=\"%d\" y=\"%d\" xml:space=\"preserve\">%s</text>",
            style, x, y, escape(text)));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
