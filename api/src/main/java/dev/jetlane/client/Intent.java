package dev.jetlane.client;

import dev.jetlane.DeadLetter;
import dev.jetlane.driver.LeaseAction;
import java.time.Duration;

/**
 * A settlement: the request of the holder, and the action that is sent for it. A task is not
 * delivered after its last attempt, so a nak of it makes the dead letter, and a release of it
 * stores the task anew.
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

  /** Whether it used up the task's deliveries. */
  boolean exhausts() {
    return asked != sent;
  }

  /**
   * Whether anything may follow an unknown outcome. A dead letter that is asked for again is stored
   * once, and no other worker gets the task meanwhile.
   */
  boolean isSafeToAskAgain() {
    return sent instanceof LeaseAction.MoveToDeadLetters;
  }
}
