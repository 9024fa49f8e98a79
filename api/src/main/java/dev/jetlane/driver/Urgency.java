// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

/** Whether a thread waits for an exchange, and so how soon its request is sent. */
public enum Urgency {

  /**
   * The caller is about to block until the exchange ends: send the request immediately. No callback
   * of a user depends on the future, so any thread may complete it.
   */
  AWAITED,

  /**
   * No thread waits yet: the request may be sent together with later ones. Callbacks of a user may
   * depend on the future.
   */
  PIPELINED,

  /**
   * No thread will wait: the request may be sent a millisecond later, with others, which costs the
   * queue and the client less. Otherwise like {@link #PIPELINED}.
   */
  DEFERRED
}
