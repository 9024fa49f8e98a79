package dev.jetlane.inmemory.stage;

/** Decides about faults. Called at the moment when one may happen, under the lock of the time. */
@FunctionalInterface
public interface Chance {

  /** The confirmation of a call. */
  String CONFIRMATION_LOST = "confirmation lost";

  /** A call that does not reach the server. */
  String LOST = "lost";

  /** A call that the server refuses. */
  String REFUSED = "refused";

  /** A second delivery of a task. */
  String DUPLICATED = "delivery duplicated";

  /** A late delivery. */
  String SLOW = "delivery slow";

  /** A partition that refuses tasks. */
  String FULL = "full";

  /** A pull without a connection. */
  String DISCONNECTED = "disconnected";

  /** A server that restarts before a call. */
  String RESTARTED = "restart";

  /** Returns whether one of the faults above happens here. */
  boolean happens(String fault);
}
