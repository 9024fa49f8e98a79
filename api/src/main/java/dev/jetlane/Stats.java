package dev.jetlane;

/**
 * The tasks of a partition at one moment. Every task that was stored and not removed is in exactly
 * one of {@code ready}, {@code outstanding}, {@code delayed} and {@code dead}.
 *
 * @param ready tasks that were never delivered and are due. A server that was killed may have
 *     stored settled tasks again, which it knows as settled and gives to nobody: they are counted
 *     here, and against {@link QueueConfig#maxTasks()} (seen on nats-server 2.15.1, after a hundred
 *     kills)
 * @param outstanding tasks that were delivered and are not settled for good: under a lease, given
 *     back, waiting for the delay of a nak, or with a lease that ran out
 * @param redelivered how many of the outstanding tasks have been delivered more than once
 * @param delayed tasks that were pushed with a delay and are not due, or for which there was no
 *     room when they became due
 * @param dead tasks in the {@link DeadLetters}
 */
public record Stats(long ready, long outstanding, long redelivered, long delayed, long dead) {

  /** Nothing redelivered and nothing delayed. */
  public Stats(long ready, long outstanding, long dead) {
    this(ready, outstanding, 0, 0, dead);
  }

  /** What there is to do now: {@code ready + outstanding}. */
  public long backlog() {
    return ready + outstanding;
  }
}
