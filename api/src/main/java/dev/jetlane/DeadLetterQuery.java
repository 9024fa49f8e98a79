// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Selects dead letters of a partition. Immutable. */
@CheckReturnValue
public final class DeadLetterQuery {

  private static final int DEFAULT_MAX = 100;
  private static final DeadLetterQuery DEFAULTS =
      new DeadLetterQuery(null, null, null, null, DEFAULT_MAX, null);

  private final @Nullable String reason;
  private final @Nullable String taskId;
  private final @Nullable Instant since;
  private final @Nullable Instant before;
  private final int max;
  private final @Nullable String start;

  private DeadLetterQuery(
      @Nullable String reason,
      @Nullable String taskId,
      @Nullable Instant since,
      @Nullable Instant before,
      int max,
      @Nullable String start) {
    this.reason = reason;
    this.taskId = taskId;
    this.since = since;
    this.before = before;
    this.max = max;
    this.start = start;
  }

  /**
   * Selects all dead letters, 100 per page, from the oldest one.
   *
   * @return the query
   */
  public static DeadLetterQuery defaults() {
    return DEFAULTS;
  }

  /**
   * Returns a copy that selects only letters whose reason contains a text.
   *
   * @param part the text
   * @return the copy
   */
  public DeadLetterQuery withReason(String part) {
    return new DeadLetterQuery(
        Limits.checkPresent("part of a reason", part), taskId, since, before, max, start);
  }

  /**
   * Returns a copy that selects only letters of one task.
   *
   * @param id the id of the task
   * @return the copy
   * @throws InvalidInputException if no task can have this id
   */
  public DeadLetterQuery withTaskId(String id) {
    return new DeadLetterQuery(reason, Limits.checkTaskId(id), since, before, max, start);
  }

  /**
   * Returns a copy that selects only letters from a time on.
   *
   * @param time the earliest time
   * @return the copy
   */
  public DeadLetterQuery withSince(Instant time) {
    return new DeadLetterQuery(
        reason, taskId, Limits.checkPresent("time of dead letters", time), before, max, start);
  }

  /**
   * Returns a copy that selects only letters before a time.
   *
   * @param time the first time that is excluded
   * @return the copy
   */
  public DeadLetterQuery withBefore(Instant time) {
    return new DeadLetterQuery(
        reason, taskId, since, Limits.checkPresent("time of dead letters", time), max, start);
  }

  /**
   * Returns a copy with another maximum number of letters.
   *
   * @param letters from 1 to {@link Limits#MAX_PULL}
   * @return the copy
   * @throws InvalidInputException if the number is out of that range
   */
  public DeadLetterQuery withMax(int letters) {
    return new DeadLetterQuery(reason, taskId, since, before, Limits.checkPageSize(letters), start);
  }

  /**
   * Returns a copy for another page.
   *
   * @param next the {@link Page#next} of the previous page
   * @return the copy
   */
  public DeadLetterQuery withStart(String next) {
    return new DeadLetterQuery(
        reason, taskId, since, before, max, Limits.checkPresent("start of a page", next));
  }

  /**
   * Returns the maximum number of letters.
   *
   * @return the number of letters
   */
  public int max() {
    return max;
  }

  /**
   * Returns the start of the page.
   *
   * @return the start; empty for the oldest letter
   */
  public Optional<String> start() {
    return Optional.ofNullable(start);
  }

  /**
   * Returns whether this query selects a letter, on any page.
   *
   * @param letter the letter
   * @return whether it is selected
   */
  public boolean matches(DeadLetter letter) {
    return (reason == null || letter.reason().contains(reason))
        && (taskId == null || letter.taskId().equals(taskId))
        && (since == null || !letter.time().isBefore(since))
        && (before == null || letter.time().isBefore(before));
  }
}
