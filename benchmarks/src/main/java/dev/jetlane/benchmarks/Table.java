// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Standings as readable text. */
final class Table {

  private static final String GAP = "  ";
  private static final String NONE = "-";

  private Table() {}

  static String of(Standings standings) {
    StringBuilder text = new StringBuilder();
    text.append(title(standings)).append("\n\n").append(aligned(rows(standings)));
    standings
        .failures()
        .forEach(
            (entry, why) ->
                text.append("FAILED ").append(entry).append(": ").append(why).append('\n'));
    return text.toString();
  }

  static String title(Standings standings) {
    long rounds = standings.rounds();
    return standings.contest().title()
        + "; median of "
        + rounds
        + (rounds == 1 ? " round" : " rounds");
  }

  /** Returns the cells of the head and of a row for each entry. */
  static List<List<String>> rows(Standings standings) {
    Contest contest = standings.contest();
    List<String> head = new ArrayList<>();
    head.add("");
    head.add(contest.primary().unit());
    head.add("x " + contest.baselineEntry().label());
    head.add("[min..max]");
    contest.columns().forEach(metric -> head.add(metric.unit()));
    List<List<String>> rows = new ArrayList<>();
    rows.add(head);
    contest.entries().forEach(entry -> rows.add(row(standings, entry)));
    return rows;
  }

  private static List<String> row(Standings standings, Entry entry) {
    Contest contest = standings.contest();
    Metric primary = contest.primary();
    Optional<Spread> ratio = standings.ratio(entry);
    List<String> row = new ArrayList<>();
    row.add(entry.label());
    row.add(
        standings
            .spread(entry, primary)
            .map(s -> primary.shown(s.median()))
            .orElse(standings.failures().containsKey(entry.name()) ? "failed" : NONE));
    row.add(ratio.map(s -> Metric.ratio(s.median())).orElse(NONE));
    row.add(
        ratio
            .map(s -> "[" + Metric.ratio(s.min()) + ".." + Metric.ratio(s.max()) + "]")
            .orElse(NONE));
    for (Metric metric : contest.columns()) {
      Optional<Spread> spread = standings.spread(entry, metric);
      row.add(
          metric == Metric.EMPTY_PULLS && spread.isPresent()
              ? String.valueOf(standings.sum(entry, metric))
              : spread.map(s -> metric.shown(s.median())).orElse(NONE));
    }
    return row;
  }

  /**
   * Aligns the columns to their widest cells: the first column to the left, numbers to the right.
   * The first row is the head.
   */
  static String aligned(List<List<String>> rows) {
    int columns = rows.get(0).size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int column = 0; column < columns; column++) {
        widths[column] = Math.max(widths[column], row.get(column).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (int row = 0; row < rows.size(); row++) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < columns; column++) {
        String cell = rows.get(row).get(column);
        String padding = " ".repeat(widths[column] - cell.length());
        line.append(column == 0 ? cell + padding : GAP + padding + cell);
      }
      text.append(line.toString().stripTrailing()).append('\n');
      if (row == 0) {
        int width = GAP.length() * (columns - 1);
        for (int columnWidth : widths) {
          width += columnWidth;
        }
        text.append("-".repeat(width)).append('\n');
      }
    }
    return text.toString();
  }
}
