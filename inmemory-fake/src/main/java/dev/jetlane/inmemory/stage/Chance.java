package dev.jetlane.inmemory.stage;

/** Decides about faults. Asked at the moment when one may happen, under the lock of the time. */
@FunctionalInterface
public interface Chance {

  /** The confirmation of a call. */
  String CONFIRMATION_LOST = "confirmation lost";

  /** A call on its way to the server. */
  String LOST = "lost";

  /** A call that the server does not take. */
  String REFUSED = "refused";

  /** A delivery that is made twice. */
  String DUPLICATED = "delivery duplicated";

  /** A delivery that is late. */
  String SLOW = "delivery slow";

  /** A partition that takes no task. */
  String FULL = "full";

  /** A pull without a connection. */
  String DISCONNECTED = "disconnected";

  /** A server that restarts before a call. */
  String RESTARTED = "restart";

  /** Whether one of the faults named above happens here. */
  boolean happens(String fault);
}
