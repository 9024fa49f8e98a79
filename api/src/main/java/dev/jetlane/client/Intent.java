// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.DeadLetter;
import dev.jetlane.driver.LeaseAction;
import java.time.Duration;

/**
 * A settlement: the action that the holder requested, and the action that is sent for it. They
 * differ on the last attempt, after which the queue does not deliver the task again: a nak then
 * makes a dead letter. A release on the last attempt stores the task again.
 */
record Intent(LeaseAction asked, LeaseAction sent) {

  private static final Intent ACK = of(LeaseAction.Ack.IN_TIME);
  private static final Intent LATE_ACK = of(LeaseAction.Ack.LATE);

  static Intent of(LeaseAction action) {
    return new Intent(action, action);
  }

  static Intent ack(boolean late) {
    return late ? LATE_ACK : ACK;
  }

  static Intent nak(Duration delay, long leaseEndNanos, boolean lastAttempt) {
    LeaseAction nak = new LeaseAction.Nak(delay, leaseEndNanos);
    return lastAttempt
        ? new Intent(
            nak, new LeaseAction.MoveToDeadLetters(DeadLetter.MAX_DELIVERIES, leaseEndNanos))
        : of(nak);
  }

  static Intent release(long leaseEndNanos, boolean lastAttempt) {
    return lastAttempt
        ? of(new LeaseAction.PutBack(leaseEndNanos))
        : nak(Duration.ZERO, leaseEndNanos, false);
  }

  static Intent move(String reason, long leaseEndNanos) {
    return of(new LeaseAction.MoveToDeadLetters(reason, leaseEndNanos));
  }

  /** Whether this settlement is a nak of the last attempt. */
  boolean exhausts() {
    return asked != sent;
  }

  /**
   * Whether any settlement may follow an unknown outcome of this one. True for a dead letter: a
   * repeated request stores it only once, and no other worker receives the task in the meantime.
   */
  boolean isSafeToAskAgain() {
    return sent instanceof LeaseAction.MoveToDeadLetters;
  }
}
