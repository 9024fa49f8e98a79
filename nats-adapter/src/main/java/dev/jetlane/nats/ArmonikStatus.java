package dev.jetlane.nats;

import dev.jetlane.Delivery;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.Settlement;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.nats.pull.NatsLease;

/**
 * The seven statuses in which ArmoniK's agents leave a message, and what becomes of it: its
 * contract says that a failed one goes back to the front and a postponed one to the end, and that a
 * poisonous one is removed.
 */
public enum ArmonikStatus {
  /** Not started: given back, before anything new. */
  WAITING,
  /** Failed: given back, before anything new. */
  FAILED,
  /** Interrupted at work: given back, before anything new. */
  RUNNING,
  /** Not now: goes behind everything that is in the partition; its attempts start again. */
  POSTPONED,
  /** Done: removed. */
  PROCESSED,
  /** Not wanted any more: removed. */
  CANCELLED,
  /** Never to be tried again: removed, and kept among the dead letters. */
  POISONOUS;

  /** The reason in the dead letter of a {@link #POISONOUS} task. */
  public static final String REASON = "Poisonous";

  /**
   * Settles a delivery of a queue with {@link NatsOptions#armonik()}. Blocks and throws as {@link
   * Delivery#ack}, {@link Delivery#nak()} and {@link Delivery#deadLetter} do.
   *
   * <p>A postponed task is stored again before it is removed: when the process dies in between, it
   * is delivered once more. That needs the permission to push. On a queue that is not of this
   * module it is given back as the others are.
   *
   * @throws LeaseExpiredException if the task is to be given back, postponed or buried and its
   *     lease ran out
   */
  public Settlement settle(Delivery delivery) {
    return switch (this) {
      case PROCESSED, CANCELLED -> delivery.ack();
      case WAITING, FAILED, RUNNING -> delivery.nak();
      case POISONOUS -> delivery.deadLetter(REASON);
      case POSTPONED -> postpone(delivery);
    };
  }

  private static Settlement postpone(Delivery delivery) {
    if (!(delivery instanceof LeasedDelivery leased && leased.lease() instanceof NatsLease lease)) {
      return delivery.nak();
    }
    // Also for the time that storing it takes; and only a delivery that is not settled has a lease.
    if (!delivery.extend()) {
      return Settlement.ALREADY_SETTLED;
    }
    lease.storeAgain();
    return delivery.ack();
  }
}
