// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.time;

/**
 * A server and its state, driven by a {@link Time}. Guarded by the lock of the time, which the time
 * holds when it calls.
 */
public interface TimedWorld extends Timed {

  /** When the next task id is forgotten; {@link #NEVER} if none is known. */
  long nextForgottenNanos();

  /** Whether a client holds an unsettled delivery, and may be working on it. */
  boolean anythingInHands();

  /** Whether an asynchronous pull, or timed work of a client, waits here without a thread. */
  boolean isUnattended();
}
