package dev.jetlane;

/** What a call that settles a {@link Delivery} came to. */
public enum Settlement {
  /** This call settled the delivery within its lease. */
  SETTLED,
  /**
   * This {@code ack} removed the task after the lease ran out: another worker may have got the task
   * and done the work again. The queue cannot tell (nats-server keys acks by stream sequence alone,
   * {@code server/consumer.go}, 2.9 to 2.15), so this is judged by the client's clock.
   */
  SETTLED_LATE,
  /**
   * The delivery was settled before, or is being settled by another thread: this call had no
   * effect.
   */
  ALREADY_SETTLED
}
