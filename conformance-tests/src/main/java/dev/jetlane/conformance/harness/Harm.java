// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.harness;

/** The effect of a fault on one exchange. */
public enum Harm {
  /** Neither the request nor any repetition arrives, so the request has no effect. */
  REQUEST_LOST,
  /** The request takes effect. No confirmation arrives, not even for a repetition. */
  CONFIRMATION_LOST,
  /** The request has no effect, and the client receives an answer that says so. */
  REFUSED,
  /**
   * The request takes effect. Its first confirmation is lost. The confirmation of a repetition
   * arrives.
   */
  FIRST_CONFIRMATION_LOST,
  /** The request takes effect and its confirmation arrives twice. */
  ANSWERED_TWICE,
  /** The connection is cut before the request arrives. The client may connect again. */
  CUT_BEFORE,
  /** The request takes effect; the connection is cut before its confirmation arrives. */
  CUT_AFTER,
  /** Another server becomes the leader; the client must repeat the request there. */
  LEADER_CHANGED;

  /**
   * Returns whether the connection is cut.
   *
   * @return whether it is cut
   */
  public boolean cuts() {
    return this == CUT_BEFORE || this == CUT_AFTER;
  }
}
