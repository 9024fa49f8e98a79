// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.time;

/** An object with events that are due at moments of a {@link Time}. */
public interface Timed {

  /** A moment that never comes. */
  long NEVER = Long.MAX_VALUE;

  /** The moment of the next event; {@link #NEVER} if there is none. */
  long nextEventNanos();

  /** Processes every event up to a moment, in order, each at its own instant. */
  void catchUp(long now);
}
