// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

/**
 * The result of a call that settles a {@link Delivery}. An ack or a dead letter removes the task; a
 * nak or a release makes the queue deliver it again.
 */
public enum Settlement {
  /** This call settled the delivery within its lease. */
  SETTLED,
  /**
   * This {@code ack} removed the task after the lease expired: another worker may have received the
   * task and repeated the work. The clock of the client decides this, because a server cannot
   * (nats-server keys acks by stream sequence alone, {@code server/consumer.go}, 2.9 to 2.15).
   */
  SETTLED_LATE,
  /**
   * The delivery was settled before, or is being settled by another thread: this call had no
   * effect.
   */
  ALREADY_SETTLED,
  /**
   * An earlier ack, nak or release of this delivery threw {@link OutcomeUnknownException}: the task
   * may be removed, or belong to another worker. This call had no effect; an ack still has one.
   */
  OUTCOME_UNKNOWN
}
