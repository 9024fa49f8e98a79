package dev.jetlane;

/** Where a task is that is stored and not dead. Counted by {@link Stats}. */
public enum TaskState {
  /** Never delivered, and due. */
  READY,
  /** Delivered and not settled: under a lease, given back, or with a lease that ran out. */
  OUTSTANDING,
  /** Pushed with a delay and not due. */
  DELAYED
}
