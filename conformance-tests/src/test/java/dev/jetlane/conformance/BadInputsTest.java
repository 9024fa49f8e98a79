// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.Task;
import dev.jetlane.conformance.rules.BadInputs;
import dev.jetlane.conformance.rules.BadValues;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The table of bad inputs is as long as it claims, and refusals name the value. */
@SuppressWarnings("NullAway") // Callers without a null checker do pass null.
class BadInputsTest {

  @Test
  void noLineCountsTwice() {
    List<String> lines = BadInputs.all().stream().map(BadInputs.Line::toString).toList();
    assertThat(lines).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(200);
  }

  /**
   * A bad input before any queue receives it: the argument, its value in a printable form, and the
   * rule.
   */
  @TestFactory
  Stream<DynamicTest> aRefusalNamesArgumentAndValueAndRule() {
    Task task = Task.of("id", "");
    return Stream.of(
            refusals("partition name ", BadValues.partitionNames(), Limits::checkPartitionName),
            refusals("task id ", BadValues.taskIds(), id -> Task.of(id, "")),
            refusals("header name ", BadValues.headerNames(), name -> task.withHeader(name, "v")),
            refusals(
                "value of header name ",
                BadValues.headerValues(),
                value -> task.withHeader("name", value)),
            refusals("dead-letter reason ", BadValues.reasons(), Limits::checkReason))
        .flatMap(tests -> tests);
  }

  private static Stream<DynamicTest> refusals(
      String argument, List<@Nullable String> values, Function<@Nullable String, ?> call) {
    return values.stream()
        .map(
            value ->
                DynamicTest.dynamicTest(
                    argument + BadValues.shown(value),
                    () ->
                        assertThatThrownBy(() -> call.apply(value))
                            .isInstanceOfSatisfying(
                                InvalidInputException.class,
                                e ->
                                    assertThat(String.valueOf(e.getMessage()))
                                        .matches("[ -~]+")
                                        .endsWith(": " + e.rule()))));
  }
}
