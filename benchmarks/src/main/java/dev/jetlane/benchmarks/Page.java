// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reports as one self-contained page, which needs no network. The plots use Chart.js, whose script
 * is in the page.
 */
final class Page {

  private static final String CHARTS =
      "/META-INF/resources/webjars/chart.js/4.5.1/dist/chart.umd.min.js";

  private Page() {}

  static String of(List<Report> reports) throws IOException {
    StringBuilder body = new StringBuilder();
    StringBuilder contents = new StringBuilder();
    List<Object> plots = new ArrayList<>();
    Map<String, String> everywhere = reports.isEmpty() ? Map.of() : reports.get(0).surroundings();
    for (Report report : reports) {
      body.append("<section>\n");
      if (!report.surroundings().equals(everywhere)) {
        body.append(surroundings(report.surroundings()));
      }
      for (Standings standings : report.standings()) {
        String id = "plot-" + plots.size();
        plots.add(Plot.of(id, standings));
        String title = text(Table.title(standings));
        contents.append("<li><a href=\"#about-" + id + "\">" + title + "</a></li>\n");
        body.append("<h2 id=\"about-" + id + "\">" + title + "</h2>\n");
        body.append("<div class=\"plot\"><canvas id=\"").append(id).append("\"></canvas></div>\n");
        body.append(table(Table.rows(standings)));
        standings.failures().forEach((entry, why) -> body.append(failure(entry, why)));
      }
      body.append("</section>\n");
    }
    // The script of the charts is inserted last, so that no text in it is replaced as a
    // placeholder.
    return resource("page.html")
        .replace("{{script}}", resource("page.js"))
        .replace("{{data}}", Json.text(plots, ""))
        .replace("{{surroundings}}", surroundings(everywhere))
        .replace("{{contents}}", contents)
        .replace("{{body}}", body)
        .replace("{{charts}}", resource(CHARTS).replace("//# sourceMappingURL", "// source map"));
  }

  private static String table(List<List<String>> rows) {
    StringBuilder html = new StringBuilder("<div class=\"wide\"><table>\n");
    for (int row = 0; row < rows.size(); row++) {
      String tag = row == 0 ? "th" : "td";
      html.append("<tr>");
      for (String cell : rows.get(row)) {
        html.append('<').append(tag).append('>').append(text(cell));
        html.append("</").append(tag).append('>');
      }
      html.append("</tr>\n");
    }
    return html.append("</table></div>\n").toString();
  }

  private static String failure(String entry, String why) {
    return "<p class=\"failed\">FAILED " + text(entry) + ": " + text(why) + "</p>\n";
  }

  private static String surroundings(Map<String, String> surroundings) {
    StringBuilder html = new StringBuilder("<dl>\n");
    for (Map.Entry<String, String> each : surroundings.entrySet()) {
      html.append("<dt>").append(text(each.getKey())).append("</dt><dd>");
      html.append(text(each.getValue())).append("</dd>\n");
    }
    return html.append("</dl>\n").toString();
  }

  private static String text(String plain) {
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = Page.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new FileNotFoundException(name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
