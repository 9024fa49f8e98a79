package dev.jetlane;

/**
 * How a {@link Puller} works. Immutable.
 *
 * @param prefetch how many tasks the puller may lease ahead of {@link Puller#pull}, from 0 to
 *     {@link Limits#MAX_PULL}. Zero, the default, leases only what a pull asks for. Prefetched
 *     tasks are pulled without a round trip, but their lease runs while they wait, and other
 *     pullers cannot have them; what expires in the buffer is dropped, because it is delivered
 *     again.
 * @param confirmAcks whether {@code ack} and {@code ackAsync} wait for the queue's confirmation,
 *     the default. Without it they complete once the ack is written to the connection: faster, and
 *     an ack lost on the way means that the task is delivered again.
 */
public record PullOptions(int prefetch, boolean confirmAcks) {

  private static final PullOptions DEFAULTS = new PullOptions(0, true);

  /**
   * @throws InvalidInputException if {@code prefetch} is out of its range
   */
  public PullOptions {
    Limits.checkPrefetch(prefetch);
  }

  /** No prefetch, confirmed acks. */
  public static PullOptions defaults() {
    return DEFAULTS;
  }

  /** These options with another {@link #prefetch}. */
  public PullOptions withPrefetch(int tasks) {
    return new PullOptions(tasks, confirmAcks);
  }

  /** These options with acks that do not wait for a confirmation. */
  public PullOptions withUnconfirmedAcks() {
    return new PullOptions(prefetch, false);
  }
}
