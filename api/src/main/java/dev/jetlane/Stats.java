package dev.jetlane;

/**
 * The tasks of a partition at one moment. Every task that was stored and not removed is in exactly
 * one of the counts.
 *
 * @param ready tasks that were never delivered
 * @param outstanding tasks that were delivered and are not settled for good: under a lease, given
 *     back, waiting for their delay, or with a lease that ran out
 * @param dead tasks in the {@link DeadLetters}
 */
public record Stats(long ready, long outstanding, long dead) {

  /** What is still to be done: {@code ready + outstanding}. */
  public long backlog() {
    return ready + outstanding;
  }
}
