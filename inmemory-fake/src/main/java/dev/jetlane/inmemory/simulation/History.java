// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The result of a history.
 *
 * @param failure the first failure; null if all conditions held
 * @param made the decisions other than zero
 * @param asked all decisions and their numbers of options, if the history was repeated
 * @param processes the names of all processes
 * @param log the events; empty unless they were requested
 */
record History(
    Script script,
    @Nullable Throwable failure,
    Map<Long, Integer> made,
    Map<Long, Integer> asked,
    List<String> processes,
    List<LogLine> log) {

  boolean failed() {
    return failure != null;
  }

  /**
   * Returns the failure in one line, by which two histories with the same failure are recognised;
   * empty if all conditions held. Messages of assertions often begin with an empty line.
   */
  String what() {
    if (failure == null) {
      return "";
    }
    String message = failure.getMessage() == null ? "" : failure.getMessage();
    return message.lines().filter(line -> !line.isBlank()).findFirst().orElse(failure.toString());
  }

  String text() {
    return log.stream().map(LogLine::toString).collect(Collectors.joining("\n"));
  }
}
