// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import dev.jetlane.DeadLetterQuery;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Selects dead letters. */
final class LetterFilter {

  @Option(names = "--reason", paramLabel = "TEXT", description = "The reason contains this text.")
  @Nullable String reason;

  @Option(
      names = "--task",
      paramLabel = "ID",
      description = "The letter is of the task with this id.")
  @Nullable String taskId;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "The letter is from this time or later, ISO-8601.")
  @Nullable Instant since;

  @Option(
      names = "--before",
      paramLabel = "TIME",
      description = "The letter is from before this time, ISO-8601.")
  @Nullable Instant before;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "The maximum number of dead letters. Default: ${DEFAULT-VALUE}.")
  int limit = 100;

  DeadLetterQuery query() {
    DeadLetterQuery query = DeadLetterQuery.defaults();
    query = reason == null ? query : query.withReason(reason);
    query = taskId == null ? query : query.withTaskId(taskId);
    query = since == null ? query : query.withSince(since);
    return before == null ? query : query.withBefore(before);
  }

  /** Returns the conditions, such as {@code with reason "timeout"}; empty if there are none. */
  @Override
  public String toString() {
    List<String> all = new ArrayList<>();
    add(all, "with reason", reason);
    add(all, "of task", taskId);
    add(all, "since", since);
    add(all, "before", before);
    return String.join(" ", all);
  }

  private static void add(List<String> all, String condition, @Nullable Object value) {
    if (value != null) {
      all.add(condition + " \"" + value + "\"");
    }
  }
}
