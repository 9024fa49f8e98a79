// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import dev.jetlane.Settlement;
import java.util.concurrent.CompletableFuture;

/** A delivery that a worker holds, whose lease may be kept. */
public interface HeldDelivery extends Delivery {

  /** Casts a delivery of the client. */
  static HeldDelivery of(Delivery delivery) {
    return (HeldDelivery) delivery;
  }

  /** Returns whether the deadline of the task has passed, so that no handler may receive it. */
  boolean hasExpired();

  /**
   * Returns whether the delivery is unsettled: false also while a settlement is in flight or its
   * outcome unknown.
   */
  boolean isOpen();

  /**
   * As {@link #ackAsync}, for a holder that does not wait: the ack may be sent a millisecond later,
   * together with others.
   */
  CompletableFuture<Settlement> ackLater();

  /** Lets the lease expire, because the holder does not settle the task any more. */
  void keepNoLonger();
}
