// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints rows as a table, or as JSON with one object per line. */
final class Output {

  /**
   * The values of one line by the names of their columns, in the order in which they were added.
   */
  record Row(Map<String, @Nullable Object> values) {

    Row() {
      this(new LinkedHashMap<>());
    }

    Row add(String column, @Nullable Object value) {
      values.put(column, value);
      return this;
    }
  }

  /**
   * Thrown when the output accepts no more lines: the disk is full, or the reader has closed the
   * pipe.
   */
  static final class Closed extends RuntimeException {
    private static final long serialVersionUID = 1;

    Closed() {
      super("the output cannot be written");
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
    show(lines(rows, table));
  }

  /** Prints lines; fails if the reader has closed the pipe. */
  void show(List<String> lines) {
    lines.forEach(out()::println);
    if (out().checkError()) {
      throw new Closed();
    }
  }

  /** Ends a list; reports a list without rows as empty. */
  void end() {
    if (empty && !json) {
      show(List.of("(none)"));
    }
  }

  void print(List<Row> rows) {
    page(rows);
    end();
  }

  /** Prints a row, if there is one, and returns the exit code. */
  int print(Optional<Row> row) {
    print(row.stream().toList());
    return row.isPresent() ? 0 : Failures.NO;
  }

  /** Returns the lines of a whole list. */
  List<String> lines(List<Row> rows) {
    return lines(rows, new Table());
  }

  private List<String> lines(List<Row> rows, Table onto) {
    return json ? rows.stream().map(row -> Json.of(row.values())).toList() : onto.lines(rows);
  }

  /** Prints a sentence for people, or an object for programs. */
  void say(String sentence, Row row) {
    show(List.of(json ? Json.of(row.values()) : Table.text(sentence)));
  }
}
