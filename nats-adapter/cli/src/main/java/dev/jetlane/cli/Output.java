package dev.jetlane.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints rows as a table, or as JSON with one object a line. */
final class Output {

  /** One line: a value by the name of its column. */
  static final class Row {

    private final Map<String, @Nullable Object> values = new LinkedHashMap<>();

    Row add(String column, @Nullable Object value) {
      values.put(column, value);
      return this;
    }
  }

  @Option(names = "--json", description = "Print JSON, one object a line.")
  boolean json;

  @Spec(Spec.Target.MIXEE)
  CommandSpec spec = CommandSpec.create();

  PrintWriter out() {
    return spec.commandLine().getOut();
  }

  void print(List<Row> rows) {
    lines(rows).forEach(out()::println);
    out().flush();
  }

  /** The lines of a table, or of JSON. */
  List<String> lines(List<Row> rows) {
    return json ? rows.stream().map(row -> toJson(row.values)).toList() : table(rows);
  }

  /** A sentence for people, an object for programs. */
  void say(String sentence, Row row) {
    out().println(json ? toJson(row.values) : sentence);
    out().flush();
  }

  private static List<String> table(List<Row> rows) {
    if (rows.isEmpty()) {
      return List.of("(none)");
    }
    List<String> columns = new ArrayList<>(rows.get(0).values.keySet());
    List<List<String>> cells = new ArrayList<>();
    cells.add(columns);
    for (Row row : rows) {
      cells.add(columns.stream().map(column -> text(row.values.get(column))).toList());
    }
    List<String> lines = new ArrayList<>();
    for (List<String> line : cells) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < columns.size(); i++) {
        int column = i;
        int width = cells.stream().mapToInt(each -> each.get(column).length()).max().orElse(0);
        text.append(line.get(i)).append(" ".repeat(width - line.get(i).length() + 2));
      }
      lines.add(text.toString().stripTrailing());
    }
    return lines;
  }

  /** What a terminal would act on is shown as a question mark. */
  private static String text(@Nullable Object value) {
    return value == null ? "-" : value.toString().replaceAll("\\p{Cntrl}", "?");
  }

  private static String toJson(@Nullable Object value) {
    if (value == null || value instanceof Number || value instanceof Boolean) {
      return String.valueOf(value);
    }
    StringBuilder json = new StringBuilder();
    if (value instanceof Map<?, ?> map) {
      map.forEach(
          (name, each) ->
              json.append(json.isEmpty() ? "" : ",")
                  .append(quoted(String.valueOf(name)))
                  .append(':')
                  .append(toJson(each)));
      return "{" + json + "}";
    }
    if (value instanceof Collection<?> all) {
      all.forEach(each -> json.append(json.isEmpty() ? "" : ",").append(toJson(each)));
      return "[" + json + "]";
    }
    return quoted(value.toString());
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ' || c == 0x7f) {
        quoted.append(String.format("\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
