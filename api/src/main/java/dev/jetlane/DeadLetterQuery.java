package dev.jetlane;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which dead letters of a partition are meant. Immutable. */
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

  /** All dead letters, 100 a page, from the oldest one. */
  public static DeadLetterQuery defaults() {
    return DEFAULTS;
  }

  /** Only letters whose reason contains this text. */
  public DeadLetterQuery withReason(String part) {
    return new DeadLetterQuery(
        Limits.checkPresent("part of a reason", part), taskId, since, before, max, start);
  }

  /** Only letters of the task with this id. */
  public DeadLetterQuery withTaskId(String id) {
    return new DeadLetterQuery(reason, Limits.checkTaskId(id), since, before, max, start);
  }

  /** Only letters of that time or later. */
  public DeadLetterQuery withSince(Instant time) {
    return new DeadLetterQuery(
        reason, taskId, Limits.checkPresent("time of dead letters", time), before, max, start);
  }

  /** Only letters before that time. */
  public DeadLetterQuery withBefore(Instant time) {
    return new DeadLetterQuery(
        reason, taskId, since, Limits.checkPresent("time of dead letters", time), max, start);
  }

  /**
   * So many letters at most.
   *
   * @param letters from 1 to {@link Limits#MAX_PULL}
   */
  public DeadLetterQuery withMax(int letters) {
    return new DeadLetterQuery(reason, taskId, since, before, Limits.checkPageSize(letters), start);
  }

  /**
   * The page that starts there.
   *
   * @param next the {@link Page#next} of the page before
   */
  public DeadLetterQuery withStart(String next) {
    return new DeadLetterQuery(
        reason, taskId, since, before, max, Limits.checkPresent("start of a page", next));
  }

  /** How many letters at most. */
  public int max() {
    return max;
  }

  /** Where the page starts; empty for the oldest letter. */
  public Optional<String> start() {
    return Optional.ofNullable(start);
  }

  /** Whether a letter is one of those that are meant. */
  public boolean matches(DeadLetter letter) {
    return (reason == null || letter.reason().contains(reason))
        && (taskId == null || letter.taskId().equals(taskId))
        && (since == null || !letter.time().isBefore(since))
        && (before == null || letter.time().isBefore(before));
  }
}
