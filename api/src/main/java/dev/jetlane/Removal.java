package dev.jetlane;

/** What became of a task that was to be removed. */
public enum Removal {
  /** It is removed: it is not delivered from now on. */
  REMOVED,
  /** It was delivered and is not settled: it stays, because a worker may be at it. */
  OUTSTANDING,
  /** No task has this id. */
  NOT_FOUND
}
