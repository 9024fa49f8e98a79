// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.stage;

/**
 * Decides which faults happen. Called at the moment when one may happen, under the lock of the
 * time.
 */
@FunctionalInterface
public interface Chance {

  /** The confirmation of a call is lost. */
  String CONFIRMATION_LOST = "confirmation lost";

  /** A call does not reach the server. */
  String LOST = "lost";

  /** The server refuses a call. */
  String REFUSED = "refused";

  /** A task is delivered a second time. */
  String DUPLICATED = "delivery duplicated";

  /** A delivery is late. */
  String SLOW = "delivery slow";

  /** A partition refuses a task. */
  String FULL = "full";

  /** A pull has no connection. */
  String DISCONNECTED = "disconnected";

  /** The server restarts before a call. */
  String RESTARTED = "restart";

  /** Returns whether one of the faults above happens here. */
  boolean happens(String fault);
}
