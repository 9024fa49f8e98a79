package dev.jetlane.driver;

import dev.jetlane.Settlement;
import java.time.Duration;

/** An action on a {@link Lease}. Immutable. */
public sealed interface LeaseAction {

  /** What the future of a confirmed action completes with. */
  default Settlement result() {
    return Settlement.SETTLED;
  }

  /**
   * The last moment to send it, on the clock of the partition: the end of the lease. {@link
   * DriverClock#NEVER} for an ack, which may always be sent.
   */
  default long notAfterNanos() {
    return DriverClock.NEVER;
  }

  /** Whether it may be sent again although it may have been applied. */
  default boolean isRepeatable() {
    return true;
  }

  /** What it is called in an error, such as {@code nak}. */
  String describe();

  /** The work is done: removes the task. */
  record Ack(Settlement result) implements LeaseAction {

    /** An ack within the lease. */
    public static final Ack IN_TIME = new Ack(Settlement.SETTLED);

    /** An ack after the end of the lease: sent anyway, because the work is done. */
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
   * Stores the task anew behind those that wait, with all its attempts, then removes this one. Only
   * the last attempt is given back like this, when no fault is the task's.
   */
  record PutBack(long notAfterNanos) implements LeaseAction {
    @Override
    public String describe() {
      return "release";
    }
  }

  /** Restarts the lease in full, from when the queue receives it, without counting an attempt. */
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

  /** Stores a dead letter, once, then removes the task. */
  record MoveToDeadLetters(String reason, long notAfterNanos) implements LeaseAction {
    @Override
    public String describe() {
      return "dead letter";
    }
  }
}
