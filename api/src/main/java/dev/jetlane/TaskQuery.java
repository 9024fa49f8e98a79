package dev.jetlane;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which tasks of a partition are to be shown. Immutable. */
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

  /** All tasks, 100 a page, without payloads, from the beginning. */
  public static TaskQuery defaults() {
    return DEFAULTS;
  }

  /** Only tasks in one state. */
  public TaskQuery withState(TaskState only) {
    return new TaskQuery(Limits.checkPresent("state of tasks", only), max, payloads, start);
  }

  /**
   * Pages of another size.
   *
   * @param tasks from 1 to {@link Limits#MAX_PULL}
   */
  public TaskQuery withMax(int tasks) {
    return new TaskQuery(state, Limits.checkPageSize(tasks), payloads, start);
  }

  /** With the payload of each task: a page then holds all of them in memory. */
  public TaskQuery withPayloads() {
    return new TaskQuery(state, max, true, start);
  }

  /**
   * The page that starts there.
   *
   * @param next the {@link Page#next} of the page before
   */
  public TaskQuery withStart(String next) {
    return new TaskQuery(state, max, payloads, Limits.checkPresent("start of a page", next));
  }

  /** The state that tasks must have; empty for any. */
  public Optional<TaskState> state() {
    return Optional.ofNullable(state);
  }

  /** The size of a page. */
  public int max() {
    return max;
  }

  /** Whether payloads are to be shown. */
  public boolean payloads() {
    return payloads;
  }

  /** Where the page starts; empty for the beginning. */
  public Optional<String> start() {
    return Optional.ofNullable(start);
  }

  /** Whether tasks in this state are asked for. */
  public boolean includes(TaskState other) {
    return state == null || state == other;
  }

  @Override
  public String toString() {
    return "TaskQuery[" + (state == null ? "any state" : state) + ", max " + max + "]";
  }
}
