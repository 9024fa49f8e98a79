// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Draws a history as one self-contained page: time runs downwards, with a row per event and a
 * column per actor. A line leads from each turn to the next one.
 */
final class TimelinePage {

  private static final int ROW = 38;
  private static final int COLUMN = 240;
  private static final int LEFT = 110;
  private static final int TOP = 46;

  /** The largest number of characters in a line; an event has two lines. */
  private static final int LINE = 32;

  private static final String STYLE =
      """
      body{font:13px system-ui,sans-serif;margin:16px;color:#222}
      pre{background:#fdecea;border-left:4px solid #c62828;padding:8px;white-space:pre-wrap}
      code{background:#eee;padding:2px 4px;word-break:break-all}
      svg text{font:11px ui-monospace,monospace}
      .head{font-weight:bold}.time{fill:#888}.lane{stroke:#ddd}.turn{stroke:#90a4ae;fill:none}
      rect{fill:#e3f2fd;stroke:#90caf9}.fault{fill:#ffcdd2;stroke:#e57373}
      .done{fill:#c8e6c9;stroke:#81c784}.point{fill:#fff9c4;stroke:#fbc02d}
      """;

  private final History history;
  private final Map<String, Integer> columns = new LinkedHashMap<>();
  private final StringBuilder svg = new StringBuilder();

  private TimelinePage(History history) {
    this.history = history;
  }

  /** Writes the page; returns its path. */
  static Path write(String name, History history) {
    Path folder = Path.of(System.getProperty("jetlane.simulation.reports", "target/simulation"));
    Path file = folder.resolve(name.replaceAll("[^\\w.-]", "_") + ".html").toAbsolutePath();
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, new TimelinePage(history).page(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  private String page(String name) {
    List<LogLine> log = history.log();
    log.forEach(line -> columns.computeIfAbsent(line.actor(), absent -> columns.size()));
    int width = LEFT + columns.size() * COLUMN + 20;
    int height = TOP + log.size() * ROW + 20;
    columns.forEach((actor, column) -> drawLane(actor, column, height));
    for (int i = 1; i < log.size(); i++) {
      drawTurn(i, column(log.get(i - 1)), column(log.get(i)));
    }
    for (int i = 0; i < log.size(); i++) {
      drawEvent(i, log.get(i));
    }
    StringBuilder page =
        new StringBuilder("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>");
    page.append(escape(name)).append("</title><style>").append(STYLE).append("</style><h1>");
    page.append(escape(name)).append("</h1><pre>").append(escape(history.what()));
    page.append("</pre><p>Repeat it: <code>@SimulatedTest(repeat = \"");
    page.append(escape(history.script().text())).append("\")</code></p>");
    page.append(
        "<p>Time runs downwards. A column is a thread of the test or of a process; the line");
    page.append(
        " shows which thread has the turn. Red: a fault. Yellow: a point in a handler. Green: a");
    page.append(" task that is done.</p>");
    page.append("<svg width=\"").append(width).append("\" height=\"").append(height);
    page.append("\" role=\"img\" aria-label=\"the history\">").append(svg);
    return page.append("</svg></html>\n").toString();
  }

  private int column(LogLine line) {
    return columns.getOrDefault(line.actor(), 0);
  }

  private static int x(int column) {
    return LEFT + column * COLUMN;
  }

  private void drawLane(String actor, int column, int height) {
    int middle = x(column) + COLUMN / 2 - 10;
    svg.append("<line class=\"lane\" x1=\"").append(middle).append("\" y1=\"").append(TOP - 10);
    svg.append("\" x2=\"").append(middle).append("\" y2=\"").append(height).append("\"/>");
    text(x(column), TOP - 20, "head", actor, 32);
  }

  private void drawTurn(int row, int from, int to) {
    if (from != to) {
      int y = TOP + row * ROW;
      svg.append("<path class=\"turn\" d=\"M").append(x(from) + COLUMN / 2 - 10).append(' ');
      svg.append(y - ROW / 2).append(" L").append(x(to) + COLUMN / 2 - 10).append(' ');
      svg.append(y + ROW / 2).append("\"/>");
    }
  }

  private void drawEvent(int row, LogLine line) {
    int y = TOP + row * ROW;
    int colon = line.text().indexOf(' ');
    String time = line.text().substring(0, Math.max(0, colon)).replace(":", "");
    String what = line.text().substring(colon + 1);
    text(0, y + 20, "time", time, 16);
    svg.append("<g><rect class=\"").append(kind(what)).append("\" x=\"").append(x(column(line)));
    svg.append("\" y=\"").append(y).append("\" width=\"").append(COLUMN - 20);
    svg.append("\" height=\"").append(ROW - 4).append("\" rx=\"3\"/>");
    int end = endOfFirstLine(what);
    text(x(column(line)) + 6, y + 14, "", what.substring(0, end), LINE);
    text(x(column(line)) + 6, y + 28, "", what.substring(end).strip(), LINE);
    svg.append("<title>").append(escape(line.toString())).append("</title></g>");
  }

  private static int endOfFirstLine(String what) {
    if (what.length() <= LINE) {
      return what.length();
    }
    int space = what.lastIndexOf(' ', LINE);
    return space > 0 ? space : LINE;
  }

  private static String kind(String what) {
    if (what.contains("fault: ")) {
      return "fault";
    } else if (what.startsWith("at ")) {
      return "point";
    }
    return what.contains(": acked") ? "done" : "event";
  }

  private void text(int x, int y, String style, String text, int most) {
    String shown = text.length() > most ? text.substring(0, most - 1) + "…" : text;
    svg.append("<text class=\"").append(style).append("\" x=\"").append(x).append("\" y=\"");
    svg.append(y).append("\">").append(escape(shown)).append("</text>");
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
