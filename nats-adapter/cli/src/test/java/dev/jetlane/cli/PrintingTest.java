// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.Page;
import dev.jetlane.cli.Output.Row;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** Pages, tables, JSON and times. */
class PrintingTest {

  /** A list of numbers, served in pages of at most 60 whatever the caller asks for. */
  private static Page<Integer> numbers(
      int size, int max, Optional<String> start, List<Integer> asked) {
    asked.add(max);
    int from = start.map(Integer::parseInt).orElse(0);
    int to = Math.min(size, from + Math.min(60, max));
    List<Integer> items = new ArrayList<>();
    for (int i = from; i < to; i++) {
      items.add(i);
    }
    return new Page<>(items, to < size ? Optional.of("" + to) : Optional.empty());
  }

  @Test
  void aListIsReadInPagesUpToItsLimit() {
    List<Integer> asked = new ArrayList<>();
    List<Integer> read = new ArrayList<>();
    Pages.read(250, (max, start) -> numbers(999, max, start, asked), read::addAll);
    assertThat(read).hasSize(250).doesNotHaveDuplicates();
    assertThat(asked).containsExactly(100, 100, 100, 70, 10);
    read.clear();
    Pages.read(250, (max, start) -> numbers(70, max, start, asked), read::addAll);
    assertThat(read).hasSize(70);
    assertThatThrownBy(() -> Pages.read(0, (max, start) -> numbers(1, max, start, asked), x -> {}))
        .isInstanceOf(InvalidInputException.class);
  }

  @Test
  void aTableKeepsItsColumnsOnTheNextPage() {
    Table table = new Table();
    assertThat(table.lines(List.of(new Row().add("id", "long name").add("n", 1))))
        .containsExactly("id         n", "long name  1");
    assertThat(table.lines(List.of(new Row().add("id", "a").add("n", null))))
        .containsExactly("a          -");
  }

  @Test
  void aTerminalReceivesNoControlCharacters() {
    assertThat(Table.text("red \u001b[31m\n")).isEqualTo("red ?[31m?");
    assertThat(Table.text("cleared \u009b2J")).isEqualTo("cleared ?2J");
    assertThat(Json.of("cleared \u009b2J\u007f")).isEqualTo("\"cleared \\u009b2J\\u007f\"");
  }

  @Test
  void jsonIsEscaped() {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("text", "a \"quoted\" \\ line\n");
    value.put("list", List.of(1, true));
    value.put("none", null);
    value.put("time", Duration.ofMillis(90_050));
    assertThat(Json.of(value))
        .isEqualTo(
            "{\"text\":\"a \\\"quoted\\\" \\\\ line\\u000a\",\"list\":[1,true],\"none\":null,"
                + "\"time\":90.050}");
  }

  /** Such as {@code jetlane tasks gpu --limit 100000 | head}. */
  @Test
  void aListEndsWithTheReaderOfTheOutput() {
    PrintWriter full = new PrintWriter(Writer.nullWriter());
    full.close();
    Output output = new Output();
    output.spec = new CommandLine(new JetlaneCommand()).setOut(full).getCommandSpec();
    List<Integer> asked = new ArrayList<>();
    assertThatThrownBy(
            () ->
                Pages.read(
                    250,
                    (max, start) -> numbers(999, max, start, asked),
                    page -> output.page(List.of(new Row().add("n", page)))))
        .isInstanceOf(Output.Closed.class);
    assertThat(asked).hasSize(1);
    PrintWriter err = new PrintWriter(new StringWriter());
    assertThat(Failures.report(new Output.Closed(), err)).isEqualTo(74);
  }

  @Test
  void timesHaveUnits() {
    assertThat(new Times().convert("1500ms")).isEqualTo(Duration.ofMillis(1_500));
    assertThat(new Times().convert("7d")).isEqualTo(Duration.ofDays(7));
    assertThat(Times.show(Duration.ofMinutes(125))).isEqualTo("2h 5m");
    assertThatThrownBy(() -> new Times().convert("5"))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("is not a time like");
  }
}
