// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The standings in the form that the script of the page draws: bars of ratios, or a line for each
 * series.
 */
final class Plot {

  private Plot() {}

  static Map<String, Object> of(String id, Standings standings) {
    Contest contest = standings.contest();
    Map<String, Object> plot = new LinkedHashMap<>();
    plot.put("id", id);
    plot.put("unit", contest.primary().unit());
    if (contest.swept().isEmpty()) {
      plot.put("kind", "bars");
      plot.put(
          "axis",
          contest.primary().unit()
              + (hasRivals(contest) ? " as a multiple of " + contest.baselineEntry().label() : "")
              + (contest.primary().moreIsBetter() ? " (more is better)" : " (less is better)"));
      plot.put("bars", bars(standings));
    } else {
      plot.put("kind", "lines");
      plot.put("axis", contest.swept());
      plot.put("lines", lines(standings));
    }
    return plot;
  }

  /**
   * Whether the contest has more than one entry: the ratio of a single one, such as the in-memory
   * queue, would compare it with itself.
   */
  private static boolean hasRivals(Contest contest) {
    return contest.entries().stream().map(Entry::series).distinct().count() > 1;
  }

  private static List<Object> bars(Standings standings) {
    Contest contest = standings.contest();
    List<Object> bars = new ArrayList<>();
    for (Entry entry : contest.entries()) {
      Optional<Spread> length =
          hasRivals(contest) ? standings.ratio(entry) : standings.spread(entry, contest.primary());
      length.ifPresent(spread -> bars.add(point("label", entry.label(), spread)));
    }
    return bars;
  }

  private static List<Object> lines(Standings standings) {
    Contest contest = standings.contest();
    Map<String, List<Object>> series = new LinkedHashMap<>();
    for (Entry entry : contest.entries()) {
      Optional<Spread> spread = standings.spread(entry, contest.primary());
      if (spread.isPresent()) {
        series
            .computeIfAbsent(entry.series(), label -> new ArrayList<>())
            .add(point("x", Long.valueOf(entry.parameters().get(contest.swept())), spread.get()));
      }
    }
    List<Object> lines = new ArrayList<>();
    series.forEach(
        (label, points) -> {
          Map<String, Object> line = new LinkedHashMap<>();
          line.put("label", label);
          line.put("points", points);
          lines.add(line);
        });
    return lines;
  }

  private static Map<String, Object> point(String key, Object value, Spread spread) {
    Map<String, Object> point = new LinkedHashMap<>();
    point.put(key, value);
    point.put("median", spread.median());
    point.put("min", spread.min());
    point.put("max", spread.max());
    return point;
  }
}
