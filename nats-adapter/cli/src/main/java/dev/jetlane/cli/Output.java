package dev.jetlane.cli;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints rows as a table, or as JSON with one object per line. */
final class Output {

  /** The values of one line by the names of their columns, in the order of their addition. */
  record Row(Map<String, @Nullable Object> values) {

    Row() {
      this(new LinkedHashMap<>());
    }

    Row add(String column, @Nullable Object value) {
      values.put(column, value);
      return this;
    }
  }

  @Option(names = "--json", description = "Print JSON, one object per line.")
  boolean json;

  @Spec(Spec.Target.MIXEE)
  CommandSpec spec = CommandSpec.create();

  private final Table table = new Table();
  private boolean empty = true;

  PrintWriter out() {
    return spec.commandLine().getOut();
  }

  PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** Prints some rows of a longer list; {@link #end} follows the last ones. */
  void page(List<Row> rows) {
    empty &= rows.isEmpty();
    lines(rows, table).forEach(out()::println);
    out().flush();
  }

  /** Ends a list: one without rows is said to be empty. */
  void end() {
    if (empty && !json) {
      out().println("(none)");
      out().flush();
    }
  }

  void print(List<Row> rows) {
    page(rows);
    end();
  }

  /** The lines of a whole list. */
  List<String> lines(List<Row> rows) {
    return lines(rows, new Table());
  }

  private List<String> lines(List<Row> rows, Table onto) {
    return json ? rows.stream().map(row -> Json.of(row.values())).toList() : onto.lines(rows);
  }

  /** Prints a sentence for people, or an object for programs. */
  void say(String sentence, Row row) {
    out().println(json ? Json.of(row.values()) : Table.text(sentence));
    out().flush();
  }
}
