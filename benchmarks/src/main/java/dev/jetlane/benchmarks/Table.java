package dev.jetlane.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Standings for a person to read. */
final class Table {

  private static final String GAP = "  ";

  private Table() {}

  static String of(Standings standings) {
    Contest contest = standings.contest();
    boolean pulls = contest.benchmark().getSimpleName().startsWith("Pull");
    List<List<String>> rows = new ArrayList<>();
    List<String> head =
        new ArrayList<>(
            List.of("", "tasks/s", "x " + contest.baseline().label(), "[min..max]", "B/task"));
    if (pulls) {
      head.add("empty pulls");
    }
    rows.add(head);
    for (Rival rival : contest.rivals()) {
      rows.add(row(standings, rival, pulls));
    }
    StringBuilder text = new StringBuilder();
    text.append(contest.title())
        .append("; median of ")
        .append(standings.rounds())
        .append(" rounds\n\n")
        .append(aligned(rows));
    standings
        .failures()
        .forEach(
            (rival, why) ->
                text.append("FAILED ").append(rival).append(": ").append(why).append('\n'));
    return text.toString();
  }

  private static List<String> row(Standings standings, Rival rival, boolean pulls) {
    Optional<Spread> ratio = standings.ratio(rival);
    List<String> row = new ArrayList<>();
    row.add(rival.label());
    row.add(
        standings
            .throughput(rival)
            .map(s -> whole(s.median()))
            .orElse(standings.failures().containsKey(rival.name()) ? "failed" : "-"));
    row.add(ratio.map(s -> ratio(s.median())).orElse("-"));
    row.add(ratio.map(s -> "[" + ratio(s.min()) + ".." + ratio(s.max()) + "]").orElse("-"));
    row.add(standings.allocation(rival).map(s -> whole(s.median())).orElse("-"));
    if (pulls) {
      row.add(String.valueOf(standings.emptyPulls(rival)));
    }
    return row;
  }

  /**
   * Columns as wide as their widest cell, the first one to the left, numbers to the right; the
   * first row is a head.
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

  static String whole(double value) {
    return String.format(Locale.ROOT, "%,d", Math.round(value));
  }

  private static String ratio(double value) {
    return String.format(Locale.ROOT, value < 0.095 ? "%.3f" : "%.2f", value);
  }
}
