// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.Delivery;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.Settlement;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.nats.pull.NatsLease;

/**
 * The seven statuses that ArmoniK's agents give a message, and the settlement of each. In ArmoniK's
 * contract a failed message goes back to the front, a postponed one goes to the end, and a
 * poisonous one is removed.
 */
public enum ArmonikStatus {
  /** Not started: given back, before new tasks. */
  WAITING,
  /** Failed: given back, before new tasks. */
  FAILED,
  /** Interrupted: given back, before new tasks. */
  RUNNING,
  /** Postponed: moved to the end of the partition; its attempts restart at 1. */
  POSTPONED,
  /** Done: removed. */
  PROCESSED,
  /** Cancelled: removed. */
  CANCELLED,
  /** Never tried again: moved to the dead letters. */
  POISONOUS;

  /** The reason in the dead letter of a {@link #POISONOUS} task. */
  public static final String REASON = "Poisonous";

  /**
   * Settles a delivery of a queue with {@link NatsOptions#armonik()}. Blocks and throws as {@link
   * Delivery#ack}, {@link Delivery#nak()} and {@link Delivery#deadLetter} do.
   *
   * <p>A postponed task is stored again before it is removed: if the process dies in between, the
   * task is delivered once more. This needs the permission to push. With another implementation a
   * postponed task is given back with a nak.
   *
   * @param delivery an unsettled delivery of such a queue
   * @return the result of the settlement
   * @throws LeaseExpiredException if the status does not remove the task and its lease has expired
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
    // The extension covers the time of the storing, and fails for a settled delivery.
    if (!delivery.extend()) {
      return Settlement.ALREADY_SETTLED;
    }
    lease.storeAgain();
    return delivery.ack();
  }
}
