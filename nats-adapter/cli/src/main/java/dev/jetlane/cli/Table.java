// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import dev.jetlane.cli.Output.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A table that grows page by page: its columns are as wide as the widest cell so far. */
final class Table {

  private List<String> columns = List.of();
  private int[] widths = {};

  /** Returns the lines of a page; those of the first page start with the names of the columns. */
  List<String> lines(List<Row> rows) {
    List<List<String>> cells = new ArrayList<>();
    if (columns.isEmpty() && !rows.isEmpty()) {
      columns = List.copyOf(rows.get(0).values().keySet());
      widths = new int[columns.size()];
      cells.add(columns);
    }
    for (Row row : rows) {
      cells.add(columns.stream().map(column -> text(row.values().get(column))).toList());
    }
    for (List<String> line : cells) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    return cells.stream().map(this::line).toList();
  }

  private String line(List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      line.append(cells.get(i)).append(" ".repeat(widths[i] - cells.get(i).length() + 2));
    }
    return line.toString().stripTrailing();
  }

  /**
   * Returns the text of a value. A question mark replaces each control character, because a
   * terminal would execute it.
   */
  static String text(@Nullable Object value) {
    if (value instanceof Duration time) {
      return Times.show(time);
    }
    return value == null ? "-" : value.toString().replaceAll("\\p{Cc}", "?");
  }
}
