// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Selects tasks of a partition. Immutable. */
@CheckReturnValue
public final class TaskQuery {

  private static final int DEFAULT_MAX = 100;
  private static final TaskQuery DEFAULTS = new TaskQuery(null, DEFAULT_MAX, false, null);

  private final @Nullable TaskState state;
  private final int max;
  private final boolean payloads;
  private final @Nullable String start;

  private TaskQuery(@Nullable TaskState state, int max, boolean payloads, @Nullable String start) {
    this.state = state;
    this.max = max;
    this.payloads = payloads;
    this.start = start;
  }

  /**
   * Selects all tasks, 100 per page, without payloads, from the beginning.
   *
   * @return the query
   */
  public static TaskQuery defaults() {
    return DEFAULTS;
  }

  /**
   * Returns a copy that selects only tasks in one state.
   *
   * @param only the state
   * @return the copy
   */
  public TaskQuery withState(TaskState only) {
    return new TaskQuery(Limits.checkPresent("state of tasks", only), max, payloads, start);
  }

  /**
   * Returns a copy with another size of pages.
   *
   * @param tasks from 1 to {@link Limits#MAX_PULL}
   * @return the copy
   * @throws InvalidInputException if the number is out of that range
   */
  public TaskQuery withMax(int tasks) {
    return new TaskQuery(state, Limits.checkPageSize(tasks), payloads, start);
  }

  /**
   * Returns a copy that includes payloads; a page then holds all of them in memory.
   *
   * @return the copy
   */
  public TaskQuery withPayloads() {
    return new TaskQuery(state, max, true, start);
  }

  /**
   * Returns a copy for another page.
   *
   * @param next the {@link Page#next} of the previous page
   * @return the copy
   */
  public TaskQuery withStart(String next) {
    return new TaskQuery(state, max, payloads, Limits.checkPresent("start of a page", next));
  }

  /**
   * Returns the selected state.
   *
   * @return the state; empty for any
   */
  public Optional<TaskState> state() {
    return Optional.ofNullable(state);
  }

  /**
   * Returns the size of a page.
   *
   * @return the number of tasks
   */
  public int max() {
    return max;
  }

  /**
   * Returns whether payloads are included.
   *
   * @return whether payloads are included
   */
  public boolean payloads() {
    return payloads;
  }

  /**
   * Returns the start of the page.
   *
   * @return the start; empty for the beginning
   */
  public Optional<String> start() {
    return Optional.ofNullable(start);
  }

  /**
   * Returns whether tasks in a state are selected.
   *
   * @param other the state
   * @return whether they are selected
   */
  public boolean includes(TaskState other) {
    return state == null || state == other;
  }

  @Override
  public String toString() {
    return "TaskQuery[" + (state == null ? "any state" : state) + ", max " + max + "]";
  }
}
