// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import dev.jetlane.Settlement;
import java.time.Duration;

/** An action on a {@link Lease}. Immutable. */
public sealed interface LeaseAction {

  /**
   * Returns the result of the future of a confirmed action.
   *
   * @return the result
   */
  default Settlement result() {
    return Settlement.SETTLED;
  }

  /**
   * Returns the last moment to send the action: the end of the lease.
   *
   * @return the time, on the clock of the partition; {@link DriverClock#NEVER} for an ack, which
   *     may always be sent
   */
  default long notAfterNanos() {
    return DriverClock.NEVER;
  }

  /**
   * Returns whether the action may be sent again although it may have been applied.
   *
   * @return whether a repetition is safe
   */
  default boolean isRepeatable() {
    return true;
  }

  /**
   * Returns the name of the action in errors, such as {@code nak}.
   *
   * @return the name
   */
  String describe();

  /**
   * The work is done: removes the task.
   *
   * @param result the result of a confirmed ack
   */
  record Ack(Settlement result) implements LeaseAction {

    /** An ack within the lease. */
    public static final Ack IN_TIME = new Ack(Settlement.SETTLED);

    /** An ack after the end of the lease. It is sent because the work is done. */
    public static final Ack LATE = new Ack(Settlement.SETTLED_LATE);

    @Override
    public String describe() {
      return "ack";
    }
  }

  /**
   * Gives the task back.
   *
   * @param delay zero for immediately
   * @param notAfterNanos the monotonic time after which it must have no effect, in nanoseconds
   */
  record Nak(Duration delay, long notAfterNanos) implements LeaseAction {
    @Override
    public boolean isRepeatable() {
      return false;
    }

    @Override
    public String describe() {
      return "nak";
    }
  }

  /**
   * Stores the task again behind the waiting tasks, with attempts from 1, and then removes the old
   * one. Used to give back a task on its last attempt if it did not fail.
   *
   * @param notAfterNanos the monotonic time after which it must have no effect, in nanoseconds
   */
  record PutBack(long notAfterNanos) implements LeaseAction {
    @Override
    public String describe() {
      return "release";
    }
  }

  /**
   * Restarts the full lease at the moment when the queue receives the request. Counts no attempt.
   *
   * @param notAfterNanos the monotonic time after which it must have no effect, in nanoseconds
   */
  record Extend(long notAfterNanos) implements LeaseAction {
    @Override
    public boolean isRepeatable() {
      return false;
    }

    @Override
    public String describe() {
      return "extend";
    }
  }

  /**
   * Stores a dead letter, once, then removes the task.
   *
   * @param reason the reason in the letter
   * @param notAfterNanos the monotonic time after which it must have no effect, in nanoseconds
   */
  record MoveToDeadLetters(String reason, long notAfterNanos) implements LeaseAction {
    @Override
    public String describe() {
      return "dead letter";
    }
  }
}
